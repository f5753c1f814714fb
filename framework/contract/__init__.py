"""What a job declares: inputs, outputs, schema, expectations, interval. Pure data, no I/O."""
