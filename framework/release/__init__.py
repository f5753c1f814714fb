"""Releases: archives that a cluster can run, put on a store, started as one run."""
