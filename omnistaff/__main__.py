"""``python -m omnistaff`` is the command line."""

from omnistaff.cli import main

main()
