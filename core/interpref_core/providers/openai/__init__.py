"""OpenAI's chat completions, and every server that speaks like them."""
