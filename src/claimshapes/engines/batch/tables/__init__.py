"""Claims and knowledge as tables."""
