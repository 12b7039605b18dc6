"""Gives each claim the services of the claims before it that its rules read: its history."""
