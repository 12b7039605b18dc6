"""What a check, a rule and a code look like to a reader, a program and a SHACL tool."""
