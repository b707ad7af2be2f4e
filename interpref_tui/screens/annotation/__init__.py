"""The screens of annotation."""
