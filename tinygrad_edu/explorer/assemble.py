"""The scripts of the page, which are modules while they are written, as the one script it carries.

Modules are what a type checker, a linter and a unit test understand; one script without imports is
what a page can hold that asks no network for anything. Joining them works by the line and refuses
whatever it isn't sure of, so that it needs no parser of JavaScript.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

__all__ = ["assemble", "script"]

NAME = r"[A-Za-z_$][\w$]*"
IMPORT = re.compile(
    rf'^import \{{\s*({NAME}(?:,\s*{NAME})*),?\s*\}} from "\./([a-z][a-z0-9_]*\.js)";\n', re.M
)
DECLARATION = re.compile(
    rf"(?P<export>export )?(?:(?:async )?function\*? ?|class |const |let )(?P<name>{NAME})\b"
)
# What a line may not begin with: a second way to say one of the above, which would go unread.
UNREAD = re.compile(r"(?:import|export|var|const|let|class|function|async|await)\b")
# What would need modules, and what an HTML parser would take for its own.
NOWHERE = {
    r"\bimport\s*[.(]": "loads a module at run time",
    r"</?script|<!--": "would end the script element: write '<\\/script' or '<\\!--'",
}


class Module(NamedTuple):
    """One file: its text without imports, exports and documentation, and what these said."""

    text: str
    imports: dict[str, list[str]]
    declared: frozenset[str]
    exported: frozenset[str]


@cache
def script() -> str:
    """The script of the explorer's page."""
    return assemble(files("tinygrad_edu.explorer") / "page")


def assemble(folder: Traversable | Path, entry: str = "page.js") -> str:
    """The module `entry` in `folder`, and all that it imports, as one script.

    Parameters
    ----------
    folder : path
        Where the modules lie, next to one another.
    entry : str, optional
        The module to begin with. Those that neither it nor its imports ask for are left out.

    Returns
    -------
    str
        A script in strict mode that adds no name to the page: each module after those it imports,
        without `import`, `export` and the comments that begin a line with ``/*``. The same modules
        give the same text.

    Raises
    ------
    ValueError
        If the modules cannot be joined: an import or export in any form but
        ``import { a, b } from "./file.js";`` and ``export`` before a declaration, a name that two
        modules declare or that is not exported, modules that import each other, a template literal
        on several lines, or text that would end the script element of a page.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder)
    ...     _ = (path / "double.js").write_text("export const double = (x) => 2 * x;\\n")
    ...     _ = (path / "page.js").write_text(
    ...         'import { double } from "./double.js";\\n\\nconsole.log(double(3));\\n')
    ...     print(assemble(path))
    (() => {
    "use strict";
    // double.js
    const double = (x) => 2 * x;
    // page.js
    console.log(double(3));
    })();
    <BLANKLINE>
    """
    modules = _in_order(folder, entry)
    _refuse_unknown_names(modules)
    parts = (f"// {name}\n{module.text}" for name, module in modules.items())
    return '(() => {\n"use strict";\n' + "".join(parts) + "})();\n"


def _in_order(folder: Traversable | Path, entry: str) -> dict[str, Module]:
    """The modules that `entry` needs and itself, each after those that it imports."""
    read: dict[str, Module] = {}
    ordered: dict[str, Module] = {}
    waiting = [entry]  # each is imported by the one before it that is read and not yet in order
    while waiting:
        name = waiting[-1]
        if name not in read:
            read[name] = _module(name, _text(folder, name))
        needed = [each for each in read[name].imports if each not in ordered]
        for each in needed:
            if each in read:
                raise ValueError(f"assemble: {name} and {each} import each other")
        if needed:
            waiting.append(needed[0])
        else:
            ordered[waiting.pop()] = read[name]
    return ordered


def _text(folder: Traversable | Path, name: str) -> str:
    """What the file holds, its last line ended."""
    file = folder / name
    if not file.is_file():
        raise ValueError(f"assemble: there is no {name} in {folder}")
    return file.read_text(encoding="utf-8").rstrip() + "\n"


def _module(name: str, text: str) -> Module:
    """Take one file apart."""
    code = _without_documentation(name, text)
    imports: dict[str, list[str]] = {}
    for found in IMPORT.finditer(code):
        imports.setdefault(found[2], []).extend(re.findall(NAME, found[1]))
    lines = IMPORT.sub("", code).strip("\n").split("\n")
    declared: set[str] = set()
    exported: set[str] = set()
    for number, line in enumerate(lines):
        _refuse_unsure(name, line)
        if not (declaration := DECLARATION.match(line)):
            continue
        if declaration["name"] in declared:
            raise ValueError(f"assemble: {name} declares {declaration['name']} twice")
        declared.add(declaration["name"])
        if declaration["export"]:
            exported.add(declaration["name"])
            lines[number] = line.removeprefix("export ")
    kept = "".join(f"{line}\n" for line in lines)
    return Module(kept, imports, frozenset(declared), frozenset(exported))


def _without_documentation(name: str, text: str) -> str:
    """The code without the comments that begin a line with ``/*``, types and all.

    Within a line such a comment stays, as the same characters may stand in a string there.
    """
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        code = line
        if inside or line.lstrip().startswith("/*"):
            _, end, code = line.partition("*/") if inside else line.lstrip()[2:].partition("*/")
            inside = not end
            if not code.strip():
                continue
        kept.append(code.lstrip() if code is not line else line)
    if inside:
        raise ValueError(f"assemble: a comment in {name} does not end")
    return re.sub(r"\n{3,}", "\n\n", "".join(f"{line}\n" for line in kept))


def _refuse_unsure(name: str, line: str) -> None:
    """Raise ValueError where reading by the line might go wrong."""
    code = re.sub(r"/\*.*?\*/", "", line)
    wrong = [why for pattern, why in NOWHERE.items() if re.search(pattern, code, re.I)]
    if code.count("`") % 2 or code.endswith("\\"):
        wrong.append("has a template literal or a string on several lines")
    if UNREAD.match(line) and not DECLARATION.match(line):
        wrong.append(
            'is no `import { a, b } from "./file.js";`, and declares no one name with const, let, '
            "class or function"
        )
    if wrong:
        raise ValueError(f"assemble: a line of {name} {wrong[0]}: {line.strip()}")


def _refuse_unknown_names(modules: dict[str, Module]) -> None:
    """Raise ValueError if a name has two meanings, or is imported and not exported."""
    owner: dict[str, str] = {}
    for name, module in modules.items():
        for declared in sorted(module.declared):
            if declared in owner:
                raise ValueError(f"assemble: {owner[declared]} and {name} both declare {declared}")
            owner[declared] = name
        for source, names in module.imports.items():
            if unknown := sorted(set(names) - modules[source].exported):
                raise ValueError(f"assemble: {source} does not export {', '.join(unknown)}")
