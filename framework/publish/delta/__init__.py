"""Delta: by `deltalake` only, each commit a strict compare-and-set."""
