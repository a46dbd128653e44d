"""How the documentation is built: pages in Markdown whose examples are executed by the build."""

import sys
from pathlib import Path

import tinygrad_edu

sys.path.append(str(Path(__file__).parent / "_extensions"))

project = "tinygrad_edu"
author = "The tinygrad_edu authors"
project_copyright = author
release = version = tinygrad_edu.__version__

extensions = [
    "glossary_links",
    "mathml",
    "myst_nb",
    "picture_ends",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "checker-*.md", "benchmark-*.md"]  # these are included in a page
default_role = "code"  # `x` in a docstring

# Every page with code cells is run afresh; an error in an example fails the build.
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_render_markdown_format = "myst"  # which has tables

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_rtype = False
python_use_unqualified_type_names = True

html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["formulas.css", "pictures.css", "reports.css", "tables.css"]
html_js_files = ["functions.js", ("pictures.js", {"defer": "defer"})]
html_theme = "furo"
html_title = "tinygrad_edu"
html_copy_source = False
html_show_sourcelink = False
