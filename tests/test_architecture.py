"""What the design promises of the files: who may import whom, and how little an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu

PACKAGE = Path(tinygrad_edu.__file__).parent

# Each part may import the parts before it that are named with it, and nothing else of ours.
ALLOWED = {
    "rows": set(),
    "registry": {"rows"},
    "printing": {"registry", "rows"},
    "context": set(),
    "quiet": set(),
    "precision": set(),
    "plain": {"nested"},
    "conjugation": {"graph"},
    "pytree": set(),
    "memory": set(),
    "graph": {"registry", "context", "quiet", "precision", "traced"},
    "backward_pass": {"graph"},
    "edge": {"registry", "graph", "conjugation"},
    "rules": {"registry", "rules", "quiet", "precision", "traced"},
    "binding": {"registry"},
    "explanation": {"registry"},
    "recording": {
        *("registry", "context", "binding", "conjugation", "explanation", "plain", "traced"),
    },
    "custom_rule": {"context", "recording", "traced"},
    "custom": {"registry", "context", "recording", "custom_rule", "plain", "traced"},
    "operators": {"registry", "recording", "explanation", "context", "plain"},
    "array_methods": {"movement_methods"},
    "movement_methods": set(),
    "display": {"drawing"},  # asked for when there is a Tensor to show
    "array_functions": set(),
    "traced_operators": {"array_functions"},
    "traced_checks": set(),
    "traced": {"registry", "array_methods", "array_functions", "traced_checks", "traced_operators"},
    "nested": set(),
    "tracing": {"registry", "conjugation", "custom_rule", "nested", "traced"},
    "notation": {"notation", "registry", "rules", "tracing", "drawing"},
    "tensor": {
        *("registry", "context", "graph", "edge", "recording", "operators", "array_methods"),
        *("traced", "backward_pass", "display", "plain"),
    },
    "pushforward": {
        *("registry", "rules", "graph", "context", "conjugation", "precision", "traced"),
    },
    "evaluation": {"tensor", "graph", "context", "plain", "pytree", "pushforward", "traced"},
    "transforms": {"evaluation", "pytree"},
    "jacobians": {"transforms", "evaluation", "tensor", "graph", "pytree"},
    "programs": {
        *("programs", "registry", "context", "pytree", "tensor", "traced", "recording"),
        *("array_functions", "nested", "tracing"),
    },
    "compiling": {
        *("compiling", "programs", "registry", "context", "plain", "pytree", "tensor", "traced"),
        *("array_functions", "jit"),
    },
    "jit": {"jit", "programs", "array_functions"},
    "debugging": {"debugging", "registry", "context", "graph", "conjugation", "recording"},
    "nn": {"nn", "tensor", "context", "rules", "traced"},
    "optim": {"tensor"},
    "gradient_norms": {"tensor"},
    "training": {"plain", "tensor", "context", "optim", "gradient_norms", "plot"},
    "drawing": {"drawing", "tensor", "graph", "registry", "context"},
    "sourcing": {
        *("sourcing", "registry", "printing", "rules", "graph", "context", "conjugation"),
        *("recording", "nested", "tensor", "traced", "tracing", "evaluation", "pytree", "drawing"),
    },
    "explaining": {
        *("explaining", "notation", "tracing", "printing", "drawing", "pushforward"),
        *("tensor", "graph", "edge", "registry"),
    },
    "explorer": {
        *(
            "explorer",
            "explaining",
            "binding",
            "drawing",
            "notation",
            "printing",
            "traced",
            "tracing",
            "rules",
        ),
        *("registry", "graph", "tensor", "edge", "conjugation"),
    },
    "plot": {"plot", "drawing", "nn", "tensor", "context"},
    "testing": {"testing", "tensor", "graph", "registry", "context", "transforms", "pytree"},
}


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


FILES = sorted(path for path in PACKAGE.rglob("*.py") if part(path) in ALLOWED)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    allowed = ALLOWED[part(path)]
    for node, name in imports(path):
        assert name in allowed, f"{path.name}:{node.lineno} imports {name}"


def test_every_part_is_known_to_the_design():
    parts = {part(path) for path in PACKAGE.rglob("*.py")}
    assert parts - set(ALLOWED) <= {"__init__", "__main__", "cli", "data"}


def test_rules_import_numpy_and_the_registry_only():
    for path in (PACKAGE / "rules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or node.names[0].name
                root = module.split(".")[0]
                optional = {"scipy"} if path.parent.name == "special" else set()
                assert root in sys.stdlib_module_names | {"numpy", "tinygrad_edu"} | optional


def test_no_function_of_the_engine_calls_itself():
    """Nothing recurses over the graph."""
    for name in ("graph", "tensor", "recording", "operators"):
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
    assert public <= set(tinygrad_edu.__all__)


def lines_of_code(node, text):
    """How many lines a file has without its docstrings, signatures and blank lines."""
    kept = {number for number, line in enumerate(text.splitlines(), 1) if line.strip()}
    for each in ast.walk(node):
        if isinstance(each, ast.Module | ast.FunctionDef | ast.ClassDef) and each.body:
            first = each.body[0]
            start = first.lineno if isinstance(each, ast.Module) else each.lineno
            end = first.end_lineno if ast.get_docstring(each) else first.lineno - 1
            kept -= set(range(start, end + 1))
    return len(kept)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_a_file_tells_one_story(path):
    """What a head holds: a seam that is there for the count alone is none."""
    text = path.read_text()
    assert lines_of_code(ast.parse(text), text) <= 450
