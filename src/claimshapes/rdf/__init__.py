"""Namespaces and Turtle files."""
