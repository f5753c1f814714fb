"""Run records and results as JSON objects in a store; no server."""
