"""What a browser needs to judge claims by itself: rules, terms and knowledge as data."""
