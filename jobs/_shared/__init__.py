"""What several jobs share: schemas, expectations, the calendar. Files and folders with `_` are no jobs."""
