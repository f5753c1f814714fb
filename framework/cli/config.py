"""`sparkjob config`."""
