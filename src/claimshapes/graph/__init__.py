"""Claims and knowledge as graphs."""
