"""What in an environment would break a promise: each thing looked at or tried, and its cure."""
