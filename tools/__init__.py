"""Commands of developers and of CI."""
