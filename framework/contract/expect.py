"""`expect.<rule>(…)`: one function for each expectation, named as Great Expectations names it."""
