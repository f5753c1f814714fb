"""Tells others of runs: people of failures, catalogs of lineage. No run waits for it, or fails by it."""
