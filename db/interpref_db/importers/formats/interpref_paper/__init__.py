"""The paper's published files."""
