"""`sparkjob verify`: a job is tried many ways in a sandbox, and its rows are compared."""
