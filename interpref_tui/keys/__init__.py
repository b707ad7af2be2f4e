"""Keys: actions, key maps, presets."""
