"""For the users' tests: a pytest plugin and in-memory twins."""
