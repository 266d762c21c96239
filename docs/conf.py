"""Sphinx settings: Markdown pages, the plain theme, nothing fetched."""

project = "omnistaff"
author = "The omnistaff developers"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "From what customers did to who should work when", "page_width": "72rem"}
html_show_sphinx = False
