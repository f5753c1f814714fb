"""A stand-in for Amazon Redshift: real PostgreSQL behind a proxy that does Redshift's own statements.

`redshift_connector` speaks to it as to a cluster. COPY and UNLOAD go to S3 over HTTP; faults are made from
outside. What it cannot show is listed in docs/redshift.md.
"""
