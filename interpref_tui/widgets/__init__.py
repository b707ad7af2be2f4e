"""Parts of screens: each owns its keys, its messages and its drawing."""
