"""Key maps that come with the program: what each changes of the default keys, as TOML like a user's own."""
