"""What is true of codes and payers: tables and graphs, compiled once, looked up by code."""
