"""The contract of every job as documents that any scheduler can read."""
