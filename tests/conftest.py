"""Settings of the whole suite."""

from hypothesis import settings

settings.register_profile("suite", deadline=None)  # no test may fail because a machine is busy
settings.load_profile("suite")
