"""Finds and loads job files, hashes their sources, knows who owns which dataset."""
