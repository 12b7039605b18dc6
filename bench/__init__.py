"""Measures: who checks how many claims a second, and where the time goes."""
