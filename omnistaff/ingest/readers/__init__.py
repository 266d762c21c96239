"""One source format a module."""
