"""What is known of a rule or a code; terminal, site and report read it."""
