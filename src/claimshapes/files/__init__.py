"""Files between runs and processes: private, cached, made once, and read in bounds."""
