"""Shows published tables to other engines, by a catalog."""
