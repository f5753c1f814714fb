"""Publishes tables of Amazon Redshift: COPY aside, then one transaction."""
