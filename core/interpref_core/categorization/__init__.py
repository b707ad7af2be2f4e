"""Which of the types of preferences (paper Figure 3) a preference is of: by rules without a model, or by a model's answer."""
