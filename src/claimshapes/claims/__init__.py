"""Claims: their format, the readers of other formats, and the writers."""
