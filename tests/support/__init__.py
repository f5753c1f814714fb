"""What several layers of tests share: a small project on disk, and the command line as a user calls it."""
