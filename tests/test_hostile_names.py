"""Names are anybody's text: none is ever run, breaks what it stands in, or writes a file."""

import ast
import builtins
import enum
import json
import keyword
import re
import shlex
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.cli_helpers import QUICK, refused, run, write_table
from tinygrad_edu import (
    Tensor,
    compile,
    custom,
    draw,
    explain,
    explore,
    grad,
    nn,
    plot,
    source,
    to_dot,
    value_and_grad,
)
from tinygrad_edu.kit.quoting import docstring, identifier, literal, named, one_line
from tinygrad_edu.sourcing.identifiers import Identifiers
from tinygrad_edu.testing import GradientError, check_gradients, check_vjp

HURT = 'hurt(open("hurt.txt", "w"))'
HOSTILE = [
    f'"""+str({HURT})+"""',
    f'"""\n    {HURT}\n    """',
    f"'''+str({HURT})+'''",
    f'"+str({HURT})+"',
    f'\\"\\"\\"+str({HURT})',
    f'\\"""+str({HURT})+"""',
    'ends with a quotation mark"',
    "ends with a backslash\\",
    "a line goes on\\\nhere",
    f"a\n{HURT}",
    f"a\r{HURT}",
    f"a\r\n    {HURT}\n#",
    f"a\x0c{HURT}",
    f"a\x85{HURT}",
    f"a\u2028{HURT}",
    f"a\u2029{HURT}",
    f"a\x00{HURT}",
    "\ud800",
    "a\udfffb",
    "\u202eabc\u202c\u2066\u061c",
    "\x1b]0;title\x07\x1b[31m\x9b2J",
    f"{{{HURT}}}",
    f"{{0.__class__}}%s%n%(x)s${{x}}$x{{{HURT}!r:>{{9}}}}",
    f"f'{{{HURT}}}'",
    f"# {HURT}",
    f"__import__('builtins').{HURT}",
    f"lambda: {HURT}",
    "__class__",
    "__builtins__",
    "print",
    "np",
    "import",
    "match",
    "True",
    "hurt",
    "",
    " ",
    "2nd",
    "٣",
    "²",
    "ﬁ",
    "fi",
    "ｎｐ",
    "\u0303x",
    "ªº",
    "е",  # Cyrillic
    "e",
    "x" * 5000,
    "</script><script>hurt()</script>",
    "</title></style></textarea><!--<script>",
    "]]><![CDATA[",
    "&lt;img src=x onerror=hurt()&gt;&amp;",
    '"><img src=x onerror="hurt()">',
    "' onload='hurt()",
    "javascript:hurt()",
    "\\input{/etc/passwd}\\write18{touch hurt.txt}",
    "$}\\end{aligned}$$ **bold** <b>`code`</b>",
    "\\N\\G\\L\\l",
    "=cmd|'/C calc'!A0",
    "../../hurt.txt",
    "a;b,c\t|d",
]
GROUPS = [HOSTILE[k::4] for k in range(4)]  # where one of them would cost much
some_names = pytest.mark.parametrize("name", HOSTILE[::3], ids=lambda name: ascii(name)[:40])
several_names = pytest.mark.parametrize("group", GROUPS, ids=range(4))
each_name = pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:40])


@pytest.fixture(autouse=True)
def innocent(tmp_path, monkeypatch):
    """Nothing that a name says is done: no file is made, and nobody calls `hurt`."""
    called = []
    monkeypatch.setattr(builtins, "hurt", lambda *args: called.append(args), raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    assert called == []
    above = (tmp_path.parent, tmp_path.parent.parent)
    assert not list(tmp_path.rglob("hurt.txt"))
    assert not any((folder / "hurt.txt").exists() for folder in above)


def titled(function, name):
    """The function under another name, as far as Python lets it."""
    function.__name__ = function.__qualname__ = name
    return function


class Odd(nn.Module):
    """A module in which everything can have any name."""

    def __init__(self, name):
        self.name = name
        self.parts = {name: nn.Layer(2, 2, seed=0)}

    def feedforward(self, x):
        return self.parts[self.name](x)


def odd_graph(*several):
    """A graph of which the Tensors, modules, operations and constants have these names."""
    parts, names = [], {}
    for name in several:
        part, own = odd_part(name)
        parts.append(part)
        names |= own
    z = parts[0] if len(parts) == 1 else np.sum(np.stack(parts))
    z.name = several[0]
    z.backward()
    return z, names


def odd_part(name):
    kind = type("Odd", (Odd,), {})
    kind.__name__ = name.replace("\x00", "").encode(errors="replace").decode()
    module, x, constant = kind(name), Tensor(np.ones((3, 2)), name=name), np.ones((3, 2))

    def cube(x):
        return x**3

    op = custom(lambda out, x: 3 * x**2)(titled(cube, name))
    y = np.sum(op(module(x)) * constant)
    y.name = name
    return y, {name: constant, f"{name}2": module}


# ---- the functions that all of it goes through ---------------------------------------------------


@each_name
def test_a_literal_is_the_text_itself(name):
    assert ast.literal_eval(literal(name)) == name
    nested = {name: [name, (name,)], (name, 1): {"a": None}}
    text = literal(nested)
    assert ast.literal_eval(text) == nested
    assert len(text.splitlines()) == 1
    text.encode()


@each_name
def test_a_comment_and_a_docstring_hold_any_text(name):
    text = f'def f():\n    """Of {docstring(name)}"""\n    # of {one_line(name)}\n    return 1\n'
    tree = ast.parse(text)
    assert [type(each) for each in tree.body[0].body] == [ast.Expr, ast.Return]
    assert ast.get_docstring(tree.body[0], clean=False) == f"Of {one_line(name, 60)}"
    assert len(text.splitlines()) == 4
    assert text.replace("\n", "").isprintable()


@each_name
def test_an_identifier_is_one_that_the_parser_does_not_change(name):
    for found in (Identifiers().new(name), identifier(name)):
        if found and not keyword.iskeyword(found):
            assert ast.parse(found).body[0].value.id == found
    assert not keyword.iskeyword(Identifiers().new(name))


@each_name
def test_an_argument_by_name_has_the_name(name):
    call = ast.parse(f"f({named(name, '1')})").body[0].value
    given = {k.arg: 1 for k in call.keywords if k.arg} or ast.literal_eval(call.keywords[0].value)
    assert given == {name: 1}


def test_no_value_is_asked_for_its_repr():
    class Number(int):
        __repr__ = __str__ = lambda self: HURT

    class Text(str):
        __repr__ = __str__ = lambda self: HURT

    class Real(float):
        __repr__ = __str__ = lambda self: HURT

    class Kind(enum.IntEnum):
        ONE = 1

    class Word(enum.StrEnum):
        A = 'a"b'

    class Other:
        __repr__ = __str__ = lambda self: HURT

    values = [Number(3), Text("a"), Real(0.5), Kind.ONE, Word.A, np.float64(2), np.str_("x")]
    assert ast.literal_eval(literal(values)) == values
    for value in (Other(), [Other()], {Other(): 1}, type("List", (list,), {})([1])):
        with pytest.raises(TypeError, match="has no place in printed source"):
            literal(value)


# ---- source --------------------------------------------------------------------------------------


def ran(text):
    """What a printed function gives, after its text was looked at and run."""
    text.encode()
    tree = ast.parse(text)
    assert len(text.split("\n")) == len(text.splitlines()) + 1
    assert text.replace("\n", "").isprintable()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "hurt" not in names or "hurt" in text.constants
    assert all(word.isidentifier() for word in text.constants)
    namespace = {}
    exec(text, namespace)
    return namespace[text.name](**text.constants)


@each_name
def test_names_in_source_are_names(name):
    x, y = Tensor([1.0, 2.0], name=name), Tensor([3.0, 4.0], name=f"{name}{name}")
    z = np.sum(np.exp(x) * y)
    z.name = name
    z.backward()
    value, *gradients = ran(source(z, wrt=[x, y], names={name: np.ones(2)}, name=name))
    np.testing.assert_allclose(value, z.data)
    np.testing.assert_allclose(gradients, [x.grad, y.grad])


@some_names
def test_modules_and_operations_in_source_are_comments(name):
    z, names = odd_graph(name)
    value, *_ = ran(source(z, names=names))
    np.testing.assert_allclose(value, z.data)


@some_names
def test_functions_in_source_may_have_any_name(name):
    def f(x):
        inner = np.tanh(x)
        return np.sum(inner**2)

    titled(f, name).__code__ = f.__code__.replace(co_name=name)
    x = np.array([0.5, 1.0])
    for function, gradients in ((f, True), (grad(f), False)):
        text = source(function, x, gradients=gradients)
        ast.parse(text)
        text.encode()
        exec(text, namespace := {})
        namespace[text.name](x)


def test_settings_in_source_are_literals():
    class Axis(enum.IntEnum):
        ROWS = 0

    class Subscripts(enum.StrEnum):
        TURNED = "ij->ji"

    x = np.arange(6.0).reshape(2, 3)
    for f in (
        lambda x: np.sum(np.cumsum(x, axis=Axis.ROWS) ** 2),
        lambda x: np.sum(np.einsum(Subscripts.TURNED, x) ** 2),
        lambda x: np.sum(np.pad(x, Axis.ROWS + 1, mode=type("Mode", (str,), {})("edge")) ** 2),
        lambda x: np.sum(np.take(x, Axis.ROWS, axis=Axis.ROWS) ** 2),
    ):
        text = source(f, x)
        exec(text, namespace := {})
        value, gradient = namespace[text.name](x, **text.constants)
        expected = value_and_grad(f)(x)
        np.testing.assert_allclose(value, expected[0])
        np.testing.assert_allclose(gradient, expected[1])


# ---- compile -------------------------------------------------------------------------------------


@some_names
def test_names_in_compiled_programs_are_literals(name):
    array = np.array([1.0, 2.0])

    def op(x):
        return x * 2

    op = custom(lambda out, x: 2.0)(titled(op, name))

    def f(d, how):
        return {how: np.sum(op(d[how]) ** 2), how * 2: d[how] * 2}

    titled(f, name)
    fast = compile(f)
    for given in (array, array * 3):
        found, expected = fast({name: given}, name), f({name: given}, name)
        assert found.keys() == expected.keys()
        for key in found:
            np.testing.assert_allclose(found[key], expected[key])
    ast.parse(fast.source)
    fast.source.encode()
    repr(fast)


# ---- pictures and pages --------------------------------------------------------------------------

SVG = {"svg", "title", "desc", "style", "g", "path", "polygon", "polyline", "text"}


def only_shapes_and_text(root):
    assert {each.tag.rpartition("}")[2] for each in root.iter()} <= SVG
    for each in root.iter():
        assert not any("href" in key or key.startswith("on") for key in each.keys())  # noqa: SIM118


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.data, self._within = [], [], {}, None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [key for key, _ in attrs]
        self._within = dict(attrs).get("id") if tag == "script" else None

    def handle_data(self, data):
        if self._within:
            self.data[self._within] = self.data.get(self._within, "") + data

    def handle_endtag(self, tag):
        self._within = None


@several_names
def test_names_in_pictures_are_text(group):
    z, names = odd_graph(*group)
    for options in ({}, {"depth": 0}):
        only_shapes_and_text(ElementTree.fromstring(str(draw(z, names=names, **options))))
    to_dot(z, names=names).encode()


@cache
def plain_page():
    plain, names = odd_graph("plain", "plain2", "plain3")
    return Elements(explore(plain, names=names))


@several_names
def test_names_in_the_explorer_are_text(group):
    odd, odd_names = odd_graph(*group)
    expected = plain_page()
    found = Elements(explore(odd, names=odd_names))
    assert set(found.tags) == set(expected.tags)
    assert found.tags.count("script") == expected.tags.count("script")
    assert set(found.attributes) == set(expected.attributes)
    for text in found.data.values():
        if text.lstrip().startswith("{"):
            json.loads(text)


@pytest.mark.filterwarnings("ignore:Glyph")  # of a font that has not all of them
@several_names
def test_names_in_pictures_of_learning_are_text(group):
    pytest.importorskip("matplotlib")
    from io import BytesIO

    from matplotlib import pyplot

    corners, either = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    page = plot.boundary_animation(
        {name: lambda x: np.full((len(x), 1), 0.5) for name in group},
        corners,
        either,
        classes=group[:2],
    )
    page.encode()
    assert Elements(page).tags.count("script") == 1
    assert not {"onerror", "onload"} & set(Elements(page).attributes)
    try:
        for axes in (
            plot.loss_curve({name: [2.0, np.nan] for name in group[:10]}),
            plot.gradient_norms({f"{name}.w": [2.0, 1.0] for name in group[10:]}),
            plot.decision_boundary(
                lambda x: np.full((len(x), 1), 0.5), corners, either, classes=group[1:3]
            ),
        ):
            axes.figure.savefig(file := BytesIO(), format="svg")
            ElementTree.fromstring(file.getvalue())
    finally:
        pyplot.close("all")


# ---- explanations --------------------------------------------------------------------------------

FORMULAS = {"div", "p", "code", "math", "mtable", "mtr", "mtd", "mrow", "mi", "mn", "mo", "mtext"}
FORMULAS |= {"mspace", "mfrac", "msup", "msub", "msqrt"}
SETTINGS = {"style", "display", "displaystyle", "width", "form", "fence", "stretchy"}
SETTINGS |= {"lspace", "rspace"}


@some_names
def test_names_in_explanations_are_text(name):
    z, names = odd_graph(name)
    x = next(each for each in z.parents[0].parents[0].parents or [z])
    while x.parents:
        x = x.parents[0]
    found = explain(z, x, names=names)
    for text in (str(found), found._repr_markdown_(), found._repr_latex_()):
        assert text.replace("\n", "").isprintable() or "\N{REPLACEMENT CHARACTER}" in text, text
        assert len(text.split("\n")) == len(text.splitlines())
        text.encode()
    root = ElementTree.fromstring(found._repr_html_())
    assert {each.tag.rpartition("}")[2] for each in root.iter()} <= FORMULAS
    assert {key for each in root.iter() for key in each.keys()} <= SETTINGS  # noqa: SIM118
    latex = found._repr_latex_()
    assert not re.search(r"\\(input|write|include|def|href|html|require|unicode)", latex)
    assert latex.count("$$") == 2
    assert latex.count(r"\end{aligned}") == latex.count(r"\begin{aligned}")
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert not re.search(r"(?<!\\)<(img|script|b)\b", found._repr_markdown_())


# ---- the lines that repeat a check ---------------------------------------------------------------


@some_names
def test_names_in_the_lines_that_repeat_a_check_are_literals(name):
    class Other:
        __repr__ = __str__ = lambda self: HURT

    def f(np_, settings, other):
        return settings["by"][name] * np_**2

    args = np.array([1.0, np.nan, np.inf, 2.0])[[0, 3]], {"by": {name: 2}, "nan": name}, Other()
    with pytest.raises(GradientError) as caught:
        check_vjp(titled(f, name), lambda g, x, *_: g * x, *args)
    lines = str(caught.value).partition("to repeat it:\n")[2]
    tree = ast.parse("\n".join(line[4:] for line in lines.split("\n")))
    assert "hurt" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} or (
        name == "hurt"
    )
    given = [each for each in tree.body if isinstance(each, ast.Assign)]
    assert ast.literal_eval(given[1].value) == args[1]
    assert ast.unparse(given[2].value) == "error.arguments[2]"


def test_the_lines_that_repeat_a_check_run_whatever_the_parameters_are_called():
    def wrong(g, np, error):
        return g * np * error, g * np * 3

    def f(np, error):
        return np * error

    def domain(domain, x1):
        return domain * x1

    for function, arrays in [
        (f, ([1.0, 2.0], 3.0)),
        (domain, (np.array([1.0, 2.0], ">f8"), np.float32(3.0))),
    ]:
        args = [np.asarray(each) if isinstance(each, list) else each for each in arrays]
        with pytest.raises(GradientError) as caught:
            check_vjp(function, wrong, *args)
        lines = str(caught.value).partition("to repeat it:\n")[2]
        program = "\n".join(line[4:] for line in lines.split("\n"))
        scope = {function.__name__: function, "wrong": wrong}
        with pytest.raises(GradientError) as again:
            exec(program, scope)
        assert (
            str(again.value).partition("to repeat it")[0]
            == str(caught.value).partition("to repeat it")[0]
        )


def test_functions_of_libraries_are_called_by_their_place():
    special = pytest.importorskip("scipy.special")
    for function, name in [
        (special.expit, "scipy.special.expit"),
        (np.linalg.norm, "np.linalg.norm"),
        (np.exp, "np.exp"),
        (np.fft.fft, "np.fft.fft"),
    ]:
        with pytest.raises(GradientError) as caught:
            check_vjp(function, lambda g, x: 7 * np.real(np.sum(g)) * x, np.array([0.5, 2.0]))
        assert f"check_vjp({name}, " in str(caught.value)


# ---- the command line ----------------------------------------------------------------------------


def shown(result):
    """What a call says, which holds nothing that a terminal would obey."""
    for text in (result.stdout, result.stderr):
        assert all(part.isprintable() for part in re.split(r"[\n\t]", text)), ascii(text)
    assert result.exit_code in (0, 2), result.exception
    assert "Traceback" not in result.stderr
    return result


@some_names
def test_what_is_typed_is_text(name):
    for arguments in (
        ("draw", name, "--out", "a.dot"),
        ("draw", "x*2", "--set", f"{name}=1", "--out", "a.dot"),
        ("draw", "x*2", "--set", f"x={name}", "--out", "a.dot"),
        ("source", name, "--set", f"{name}=1"),
        ("explore", "x*2", "--set", "x=1", "--out", name),
        ("check", f"{name}:f"),
        ("check", f"numpy:{name}"),
        ("check", "numpy:exp", "--shapes", name),
        ("predict", name, name),
        ("train", name, "--target", name),
        (name,),
        ("draw", f"--{name}"),
    ):
        shown(run(*arguments))


def quoted_cell(text):
    return '"' + text.replace('"', '""') + '"'


@some_names
def test_columns_and_classes_are_text(name):
    table = [f"{quoted_cell(name)},width,{quoted_cell(name + 'kind')}"]
    table += [f"{k % 2},{k % 7},{quoted_cell((name or '-') + str(k % 2))}" for k in range(20)]
    Path("data.csv").write_bytes("\n".join(table).encode(errors="surrogatepass"))
    result = shown(run("train", "data.csv", "--target", f"{name}kind", *QUICK[:1], "2"))
    if result.exit_code == 0:
        result = run("predict", "model.npz", "data.csv", "--out", "p.csv")
        assert shown(result).exit_code == 0


def test_a_check_that_fails_tells_of_any_function():
    Path("mine.py").write_text(
        "import numpy as np\nfrom tinygrad_edu import custom\n"
        "def f(x): return x*2\n"
        "f.__name__ = 'a\\x1b[31m\\u202eb'\n"
        "g = custom(lambda out, x: 3.)(f)\n"
        "def h(x): return np.sum(g(x))\n"
        "h.__name__ = 'c\\x1b]0;d\\x07'\n"
    )
    result = run("check", "mine.py:h")
    assert result.exit_code == 1
    assert all(part.isprintable() for part in result.stdout.split("\n"))
    with pytest.raises(GradientError):
        check_gradients(
            lambda x: np.sum(custom(lambda out, x: 3.0)(lambda x: x * 2)(x)), np.ones(2)
        )


def test_paths_are_text():
    names = [
        "a\nb",
        "a\x1b[31m",
        "a\u202eb",
        "a b",
        "; touch hurt.txt",
        "$(touch hurt.txt)",
        "\udcff",
    ]
    for name in names:
        write_table()
        said = shown(
            run("train", "data.csv", "--target", "kind", "--epochs", "1", "-o", name)
        ).stdout
        command = re.search("to use it: (.*)", said)[1]
        if name.isprintable():
            assert shlex.split(command)[2] == name
        assert Path(name).is_file()
        shown(run("predict", name, "data.csv", "-o", f"{name}.csv"))
        shown(run("draw", "x*2", "--set", "x=1", "-o", f"{name}.dot"))
        shown(run("draw", "x*2", "--set", "x=1", "-o", f"{name}/a.dot"))
        shown(run("explore", "x*2", "--set", "x=1", "-o", f"{name}.html"))
    made = {path.name for path in Path().iterdir()}
    assert made == {"data.csv", *(f"{n}{s}" for n in names for s in ("", ".csv", ".dot", ".html"))}


def test_the_demo_goes_to_a_folder_of_any_name(monkeypatch):
    from tinygrad_edu.cli import demo

    for step in ("_train", "_check", "_backprop", "_network"):  # as the story takes seconds
        result = (None, demo.Scaling(0, 1)) if step == "_train" else ()
        monkeypatch.setattr(demo, step, lambda *_, result=result: result)
    said = run("demo", "--out", "a\x1b]0;b\x07\nc")
    assert said.exit_code == 0
    assert "Then explore a formula" in said.stdout
    assert "\x1b]0" not in said.output


@pytest.mark.parametrize("shapes", ["9" * 5000, "0," + "9" * 30, "0," + "9" * 9, "1;" + "9" * 400])
def test_sizes_that_no_array_has_are_refused(shapes):
    refused("check", "numpy:exp", "--shapes", shapes, saying="has more than 1000000 elements")
