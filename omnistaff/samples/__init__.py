"""Sample worlds: a generated bank that is reached by every channel, with the truth behind its logs.

No stage reads from here, and nothing here reads what a stage makes.
"""

from omnistaff.samples.demo import DemoSummary, write_demo
from omnistaff.samples.project import demo_plan, write_project

__all__ = ["DemoSummary", "demo_plan", "write_demo", "write_project"]
