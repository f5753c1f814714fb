"""The least rights of a job: what it may do in databases, on S3, with secrets and keys."""
