"""configs/*.yml and the process environment become one `Environment`."""
