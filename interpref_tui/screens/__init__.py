"""The screens: each arranges widgets and says what they show."""
