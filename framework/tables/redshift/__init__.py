"""Reads tables of Amazon Redshift: what is published there, and rows by UNLOAD."""
