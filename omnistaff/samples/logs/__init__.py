"""One writer a log format: each writes its files and returns the native id of every contact it was given."""
