"""Shapes as SQL over sets of focus nodes."""
