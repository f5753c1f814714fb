"""Walk a plan: stage, audit, publish, record; guarded against signals and lost parents."""
