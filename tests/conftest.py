"""The plugin comes by its entry point where sparkjob is installed, and from here in a bare checkout."""

from importlib.metadata import entry_points

if not entry_points(group="pytest11", name="sparkjob"):
    pytest_plugins = ["framework.testing.plugin"]
