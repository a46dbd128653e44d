"""Print the lowest versions that pyproject.toml allows, as constraints for pip.

They are those of what the package needs when it runs and when its tests do.
"""

import re
import tomllib
from pathlib import Path

EXTRAS = ("draw", "plot", "scipy", "test")

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
wanted = list(project["dependencies"])
for extra in EXTRAS:
    wanted += project["optional-dependencies"][extra]
for requirement in wanted:
    found = re.fullmatch(r"([\w.-]+)>=([\w.]+)", requirement)
    if found:
        print(f"{found[1]}=={found[2]}")
    else:
        assert requirement.startswith("tinygrad-edu["), f"no lowest version: {requirement}"
