"""Sample worlds: a generated bank with every channel, and the real call centre that ships with the package.

No stage reads from here, and nothing here reads what a stage makes.
"""

from omnistaff.samples.demo import DemoSummary, write_demo

__all__ = ["DemoSummary", "write_demo"]
