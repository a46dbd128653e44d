"""What the design promises of the files: who may import whom, and how little an import costs."""

import ast
import builtins
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu
import tinygrad_edu.testing

PACKAGE = Path(tinygrad_edu.__file__).parent

# The plan of the house: a room imports from itself and from lower floors.
FLOORS = (
    {"kit"},
    {"engine"},
    {"rules", "tensor", "custom_rule", "debugging"},
    {"custom", "drawing", "nn", "optim", "trace", "transforms"},
    {"jit", "notation", "plot", "sourcing", "testing"},
    {"compiling", "explaining", "training"},
    {"explorer"},
    {"cli"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def part(path):
    """The part of the design that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Our own parts that a file imports when it runs, also within functions."""
    tree = ast.parse(path.read_text())
    checking = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in checking:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tinygrad_edu"):
            names = node.module.split(".")[1:2] or [alias.name for alias in node.names]
            yield from ((node, name) for name in names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("tinygrad_edu"):
                    yield node, alias.name.split(".")[1] if "." in alias.name else "tinygrad_edu"


FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or part(path) in FLOOR
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    room = part(path)
    for node, name in imports(path):
        known = name in FLOOR  # else it is a public name, as the command line alone uses them
        lower = FLOOR[name] < FLOOR[room] if known else room == "cli"
        assert name == room or lower, f"{path.name}:{node.lineno} imports {name}"


def test_every_room_is_on_a_floor():
    rooms = {part(path) for path in PACKAGE.rglob("*.py")}
    assert rooms - set(FLOOR) == {"__init__", "__main__"}
    assert set(FLOOR) <= rooms


def test_the_engine_runs_without_all_else():
    """With an empty package around it, in which only `kit` may be imported besides."""
    code = f"""
import importlib, pkgutil, sys, types

package = types.ModuleType("tinygrad_edu")
package.__path__ = [{str(PACKAGE)!r}]
sys.modules["tinygrad_edu"] = package

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("tinygrad_edu.") and name.split(".")[1] not in ("engine", "kit"):
            raise ImportError(name)

sys.meta_path.insert(0, Blocked())
import tinygrad_edu.engine as engine

for module in pkgutil.iter_modules(engine.__path__, "tinygrad_edu.engine."):
    importlib.import_module(module.name)
rooms = {{name.split(".")[1] for name in sys.modules if name.startswith("tinygrad_edu.")}}
print(sorted(rooms))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['engine', 'kit']"


def test_rules_import_numpy_and_ours_only():
    for path in (PACKAGE / "rules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or node.names[0].name
                root = module.split(".")[0]
                optional = {"scipy"} if path.parent.name == "special" else set()
                assert root in sys.stdlib_module_names | {"numpy", "tinygrad_edu"} | optional


def writes_a_file(call):
    """Whether a call, by its looks, writes, makes or moves a file."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    owner = getattr(getattr(call.func, "value", None), "id", "")
    texts = [each.value for each in ast.walk(call) if isinstance(each, ast.Constant)]
    if name == "open":
        modes = [text for text in texts if isinstance(text, str) and len(text) <= 3]
        return owner == "os" or any(set(mode) & set("wax+") for mode in modes)
    moved = owner in ("os", "shutil") and name in ("replace", "rename", "copy", "move", "mkstemp")
    return moved or name in ("write_text", "touch", "symlink_to", "NamedTemporaryFile", "savefig")


def test_one_module_writes_files():
    """So that all are written whole, through links, and keep their rights."""
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and writes_a_file(node)
    }
    assert found == {"kit/files.py"}


def test_what_writes_python_asks_no_value_for_its_repr():
    """A repr may be anything; what is a literal is written by `quoting`."""
    for folder in ("sourcing", "compiling", "jit"):
        for path in (PACKAGE / folder).rglob("*.py"):
            tree = ast.parse(path.read_text())
            raised = {
                id(child)
                for node in ast.walk(tree)
                if isinstance(node, ast.Raise)
                for child in ast.walk(node)
            }
            for node in ast.walk(tree):
                asked = isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
                if asked and id(node) not in raised:
                    assert ast.unparse(node.value) in KNOWN_REPRS[path.name]


# Shapes and numbers that the program counted itself, and words of messages.
KNOWN_REPRS = {
    "guards.py": {"shape", "strides"},
    "loops.py": {"shape"},
    "kernels.py": {"call.shape"},
    "arithmetic.py": {"number"},
    "specialised.py": {"tensor.name"},  # of what has changed, in words
}


def test_no_function_of_the_engine_calls_itself():
    """Nothing recurses over the graph."""
    files = ("engine/backward", "engine/fast", "engine/record", "tensor/tensor", "tensor/operators")
    for name in files:
        for node in ast.walk(ast.parse((PACKAGE / f"{name}.py").read_text())):
            if isinstance(node, ast.FunctionDef) and node.name != "_values":  # nested arguments
                called = {
                    call.func.id
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                }
                assert node.name not in called, f"{name}.{node.name}"


def test_importing_the_package_loads_numpy_and_nothing_else_heavy():
    code = (
        "import sys, numpy; before = set(sys.modules); import tinygrad_edu;"
        "new = {m.split('.')[0] for m in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names) - {'tinygrad_edu', 'numpy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_exactly_those_in_all():
    for name in tinygrad_edu.__all__:
        assert getattr(tinygrad_edu, name) is not None
    modules = {path.stem for path in PACKAGE.iterdir()} | {"annotations"}
    names = {n for n in vars(tinygrad_edu) if n.isidentifier()}  # pytest may add others
    public = {n for n in names if not n.startswith("_")} - modules
    assert public <= {*tinygrad_edu.__all__, "compile"}  # which a star would put before Python's


def test_a_star_leaves_the_builtins_alone():
    scope = {}
    exec("from tinygrad_edu import *", scope)
    assert not scope.keys() & vars(builtins).keys() - {"__builtins__"}
    assert tinygrad_edu.compile is not builtins.compile


@pytest.mark.parametrize(
    "module",
    [tinygrad_edu, tinygrad_edu.nn, tinygrad_edu.optim, tinygrad_edu.plot, tinygrad_edu.testing],
)
def test_completion_offers_what_is_public(module):
    offered = {name for name in dir(module) if not name.startswith("_")}
    assert offered - {"compile", "testing"} == set(module.__all__)
    assert all(hasattr(module, name) for name in offered)


def test_completion_offers_no_attribute_that_only_raises():
    t = tinygrad_edu.Tensor([[1.0]])
    offered = {name for name in dir(t) if not name.startswith("_")}
    assert all(hasattr(t, name) for name in offered)
    assert not offered & {"detach", "cpu", "requires_grad", "fill", "sort", "choose", "put"}
    assert not offered & {"call", "scope", "stands_for_leaf"}
    assert {"sum", "backward", "grad", "data", "T", "name"} <= offered


PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (tinygrad_edu, tinygrad_edu.nn, tinygrad_edu.optim, tinygrad_edu.testing)
    for name in module.__all__
    if callable(getattr(module, name))
}


@pytest.mark.parametrize("name", PUBLIC)
def test_signatures_show_no_addresses(name):
    value = PUBLIC[name]
    members = vars(value).values() if isinstance(value, type) else ()
    for each in (value, *(member for member in members if inspect.isfunction(member))):
        assert " at 0x" not in str(inspect.signature(each)), name


def lines_of_code(node, text):
    """The numbers of a file's lines without its docstrings, signatures and blank lines."""
    kept = {number for number, line in enumerate(text.splitlines(), 1) if line.strip()}
    for each in ast.walk(node):
        if isinstance(each, ast.Module | ast.FunctionDef | ast.ClassDef) and each.body:
            first = each.body[0]
            start = first.lineno if isinstance(each, ast.Module) else each.lineno
            end = first.end_lineno if ast.get_docstring(each) else first.lineno - 1
            kept -= set(range(start, end + 1))
    return kept


LONGER = {("fast.py", "accumulate")}  # one loop, to be fast


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_a_head_holds_it(path):
    """A file tells one story; a class and a function are seen whole. No seam is for a count."""
    text = path.read_text()
    tree = ast.parse(text)
    kept = lines_of_code(tree, text)
    assert len(kept) <= 450
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.FunctionDef | ast.ClassDef)
            and (path.name, node.name) not in LONGER
        ):
            most = 150 if isinstance(node, ast.ClassDef) else 50
            assert len(kept & set(range(node.lineno, node.end_lineno + 1))) <= most, node.name
