"""`sparkjob manifest`."""
