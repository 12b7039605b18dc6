"""For those who write rules: what is wrong with them, their tests, what changed."""
