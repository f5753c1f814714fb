"""The reading half of each format: what is published, pin, scan."""
