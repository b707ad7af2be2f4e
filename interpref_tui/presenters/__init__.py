"""Texts and rows of the screens, without widgets: both front ends use them."""
