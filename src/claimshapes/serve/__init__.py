"""Checks over HTTP: ``claimshapes serve``."""
