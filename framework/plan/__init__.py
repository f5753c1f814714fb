"""(project, environment, request, what is published) → Plan. Pure: no clock, no environment variable."""
