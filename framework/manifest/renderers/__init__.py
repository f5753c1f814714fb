"""A manifest and a deployment as the files of one scheduler; a module each, found by `registry`."""
