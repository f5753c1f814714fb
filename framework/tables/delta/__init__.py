"""Delta, the reading half: generations, pins and live files by `deltalake`; rows by Spark."""
