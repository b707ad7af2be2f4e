"""What a study holds: the records, as plain dataclasses."""
