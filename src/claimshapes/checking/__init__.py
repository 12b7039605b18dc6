"""Claims against rules: which rules apply, what they say, what could not be judged."""
