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

NAME = r"[A-Za-z_]\w*"  # without $, with which the names of the modules themselves begin
IMPORT = re.compile(
    rf'^import \{{\s*({NAME}(?:,\s*{NAME})*),?\s*\}} from "\./([a-z][a-z0-9_]*\.js)";\n', re.M
)
EXPORT = re.compile(rf"export (?:(?:async )?function(?: |\* ?)|class |const )({NAME})\b")
# What no line may hold: what an HTML parser takes for its own, and what needs modules.
MARKUP = re.compile(r"</?script|<!--", re.I)
MODULE = re.compile(r"\bimport\s*[.(]|^(?:import|export|await)\b")


class Module(NamedTuple):
    """One file: its text without imports, exports and documentation, and what these said."""

    text: str
    imports: dict[str, list[str]]
    exports: list[str]


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
        A script in strict mode that adds no name to the page: each module, in a function of its
        own, after those it imports, without the comments that begin a line with ``/*``. The same
        modules give the same text.

    Raises
    ------
    ValueError
        If the modules cannot be joined: an import or export in any form but
        ``import { a, b } from "./file.js";`` and ``export`` before a function, class or constant,
        a name that is imported and not exported, modules that import each other, a template
        literal on several lines, or text that would end the script element of a page.

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
    const $double = (() => {
    const double = (x) => 2 * x;
    return { double };
    })();
    const $page = (() => {
    const { double } = $double;
    console.log(double(3));
    })();
    })();
    <BLANKLINE>
    """
    modules = _in_order(folder, entry)
    _refuse_unknown_names(modules)
    parts = (_in_a_function(name, module) for name, module in modules.items())
    return '(() => {\n"use strict";\n' + "".join(parts) + "})();\n"


def _in_a_function(name: str, module: Module) -> str:
    """A module as a constant: what it exports, the rest hidden in a function."""
    imports = (
        f"const {{ {', '.join(names)} }} = {_constant(source)};\n"
        for source, names in module.imports.items()
    )
    exports = f"return {{ {', '.join(module.exports)} }};\n" if module.exports else ""
    inside = "".join(imports) + module.text + exports
    return f"const {_constant(name)} = (() => {{\n{inside}}})();\n"


def _constant(name: str) -> str:
    """The name that a module has in the script."""
    return "$" + name.removesuffix(".js")


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
    exports: list[str] = []
    for number, line in enumerate(lines):
        if exported := EXPORT.match(line):
            exports.append(exported[1])
            lines[number] = line.removeprefix("export ")
        _refuse_unsure(name, lines[number])
    return Module("".join(f"{line}\n" for line in lines), imports, exports)


def _without_documentation(name: str, text: str) -> str:
    """The code without the comments that begin a line with ``/*``, types and all.

    Within a line such a comment stays, as the same characters may stand in a string there.
    """
    kept: list[str] = []
    inside = False
    for line in text.split("\n"):
        code = line
        if inside or line.lstrip().startswith("/*"):
            comment = line if inside else line.lstrip()[2:]
            _, end, code = comment.partition("*/")
            inside = not end
            if not code.strip():
                continue
        kept.append(code)
    if inside:
        raise ValueError(f"assemble: a comment in {name} does not end")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))


def _refuse_unsure(name: str, line: str) -> None:
    """Raise ValueError where reading by the line might go wrong."""
    code = re.sub(r"/\*.*?\*/", "", line)
    if MARKUP.search(line):
        wrong = "would end the script element: write '<\\/script', '<\\!--'"
    elif MODULE.search(code):
        wrong = (
            'is neither `import { a, b } from "./file.js";` nor an export of one function, class '
            "or const, nor can it stay in a script"
        )
    elif code.count("`") % 2 or code.endswith("\\"):
        wrong = "has a template literal or a string on several lines"
    else:
        return
    raise ValueError(f"assemble: a line of {name} {wrong}: {line.strip()}")


def _refuse_unknown_names(modules: dict[str, Module]) -> None:
    """Raise ValueError if a name is imported and not exported."""
    for name, module in modules.items():
        for source, names in module.imports.items():
            if unknown := sorted(set(names) - set(modules[source].exports)):
                raise ValueError(
                    f"assemble: {name} imports {', '.join(unknown)}, which {source} does not export"
                )
