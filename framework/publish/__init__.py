"""One protocol, one metadata commit: these staged files in place of those live files."""
