"""What there is to start a job on, a module each."""
