"""CSV files are read right, or refused in one line that says where."""

import time
import tracemalloc
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.cli import predicting
from tinygrad_edu.cli.dataset import dataset
from tinygrad_edu.cli.errors import InputError
from tinygrad_edu.cli.table import number, parse_table, read_table


def test_a_table_is_read_by_name():
    table = parse_table('a, b ,"c, d"\n1,x,2\n-3.5e-2, "y ""z""",+4\n', "t.csv")
    assert table.columns == ("a", "b", "c, d")
    np.testing.assert_array_equal(table.numbers("a"), [1, -0.035])
    assert table.text("b") == ("x", 'y "z"')
    np.testing.assert_array_equal(table.numbers("c, d"), [2, 4])
    assert len(table) == 2


def test_blank_lines_are_skipped_and_rows_count_as_in_a_spreadsheet():
    table = parse_table("\r\na,b\r\n\r\n1,2\r\n3,x\r\n\r\n", "t.csv")
    assert table.rows == (4, 5)
    with pytest.raises(InputError, match=r'"t.csv", row 5, column "b": "x" is not a number'):
        table.numbers("b")


def test_semicolons_and_decimal_commas_are_understood():
    table = parse_table("a;b\n1,5;2\n3;-4,25e1\n", "t.csv")
    assert table.decimal_comma
    np.testing.assert_array_equal(table.numbers("a"), [1.5, 3])
    np.testing.assert_array_equal(table.numbers("b"), [2, -42.5])
    np.testing.assert_array_equal(parse_table("a;b\n1.5;2\n", "t.csv").numbers("a"), [1.5])


def test_a_point_in_a_table_of_decimal_commas_may_be_a_thousand_and_is_refused():
    table = parse_table("a;b\n1,5;2\n1.234;3\n", "t.csv")
    with pytest.raises(
        InputError, match=r'row 3, column "a": "1\.234" is not a number written plain'
    ):
        table.numbers("a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '"t.csv" is empty'),
        (" \n\n", '"t.csv" is empty'),
        ('""\n', "column 1 has no name"),
        ("a,b\n", "a header and no rows"),
        ("a,b,a\n1,2,3\n", 'columns 1 and 3 are both named "a"'),
        (",a\n0,1\n", "column 1 has no name"),
        ("a,b\n1,2\n3\n", 'row 3 has 1 cells and the header has 2; the first missing one is "b"'),
        ("a,b\n1,2,3\n", "row 2 has 3 cells"),
        ("a\tb\n1\t2\n", "separated by tabs"),
        ('a,b\n1,"2\n3,4\n', "line 3: not CSV"),
        ('a,b\n1,"2"x\n', "line 2: not CSV"),
    ],
)
def test_what_is_not_a_table_is_refused(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_table(text, "t.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("n/a", "is not a number"),
        ("nan", "is not a finite number"),
        ("-inf", "is not a finite number"),
        ("1e999", "is not a finite number"),
        ("1e101", "is over 1e"),
        ("1_000", "is not a number written plainly"),
        ("٣", "is not a number written plainly"),
        ("1,5", "is not a number"),
        ("0x10", "is not a number"),
    ],
)
def test_a_cell_that_is_no_number_is_named(cell, reason):
    table = parse_table(f'a,b\n1,2\n3,"{cell}"\n', "t.csv")
    with pytest.raises(InputError, match=rf'"t.csv", row 3, column "b": .* {reason}'):
        table.numbers("b")


def test_an_empty_cell_is_named():
    table = parse_table("a,b\n1,\n", "t.csv")
    for read in (table.numbers, table.text):
        with pytest.raises(InputError, match='row 2, column "b" is empty'):
            read("b")


def test_a_column_that_is_not_there_is_named_with_what_is_near():
    table = parse_table("height,width\n1,2\n", "t.csv")
    with pytest.raises(InputError, match='no column "hieght"; did you mean "height"'):
        table.numbers("hieght")
    with pytest.raises(InputError, match='its columns are "height", "width"'):
        table.numbers("q")


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    assert read_table(path).columns == ("a", "b")


def test_other_encodings_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("a,b\n1,caf\xe9\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"not UTF-8 text: byte 0xe9 in line 2.*CSV UTF-8"):
        read_table(path)
    path.write_bytes("a,b\n1,2\n".encode("utf-16"))
    with pytest.raises(InputError, match="not UTF-8 text"):
        read_table(path)


@given(st.floats(-1e100, 1e100))
def test_a_number_is_read_exactly(value):
    assert number(repr(value)) == value
    assert number(repr(value).replace(".", ","), decimal_comma=True) == value


@given(st.text(alphabet=st.sampled_from('a1,;"\n\r\t .-é\x00'), max_size=40) | st.text())
def test_any_text_is_a_table_or_an_error_of_one_line(text):
    try:
        table = parse_table(text, "t.csv")
        for column in table.columns:
            table.numbers(column)
    except InputError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message
    assert message.isprintable()


# ---- size ----------------------------------------------------------------------------------------


def seconds(function, *arguments):
    """The time of the processor that a call takes; it may refuse what it is given."""
    start = time.process_time()
    with suppress(InputError):
        function(*arguments)
    return time.process_time() - start


def wide(columns, rows=12):
    header = ",".join(f"column {k}" for k in range(columns))
    body = (",".join(str((k + row) % 7) for k in range(columns)) for row in range(rows))
    return "\n".join([header, *body])


def test_a_header_of_many_columns_is_read_in_a_moment():
    text = wide(30_000)
    assert seconds(parse_table, text, "t.csv") < 2
    twice = text.replace("column 29999", "column 7", 1)
    assert seconds(parse_table, twice, "t.csv") < 2
    with pytest.raises(InputError, match="columns 8 and 30000 are both named"):
        parse_table(twice, "t.csv")
    with pytest.raises(InputError, match="column 30000 has no name"):
        parse_table(text.replace("column 29999", "", 1), "t.csv")


def test_many_columns_are_left_out_or_missing_in_a_moment():
    table = parse_table(wide(20_000), "t.csv")
    ignored = [f"column {k}" for k in range(1, 15_000)]
    assert seconds(dataset, table, "column 0", ignored, False) < 2
    assert len(dataset(table, "column 0", ignored, False).features) == 5000
    model = SimpleNamespace(features=[f"feature {k}" for k in range(20_000)])
    assert seconds(predicting._outputs, model, table) < 2
    with pytest.raises(InputError, match=r'"feature 11", \.\.\., which') as caught:
        predicting._outputs(model, table)
    assert len(str(caught.value)) < 500


def test_names_of_any_length_are_compared_in_a_moment():
    long = "ab" * 50_000
    for header, column in [
        (f"{long},y", f"{long[:-1]}c"),
        (",".join(f"{'ab' * 40}{k}" for k in range(20_000)), "ab" * 40 + "x"),
        (f"{long},y", "z"),
    ]:
        table = parse_table(f"{header}\n{','.join('1' * len(header.split(',')))}\n", "t.csv")
        assert seconds(table.text, column) < 3
        with pytest.raises(InputError, match="has no column") as caught:
            table.text(column)
        assert len(str(caught.value)) < 2000


def test_one_long_class_does_not_make_the_others_as_long():
    rows = ["1,oak\n", "2,ash\n"] * 5000 + [f"3,{'y' * 100_000}\n"] * 2
    table = parse_table("x,kind\n" + "".join(rows), "t.csv")
    tracemalloc.start()
    found = dataset(table, "kind", (), False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.classes == ("ash", "oak", "y" * 100_000)
    assert found.targets[:2].tolist() == [1, 0]
    assert peak < 20_000_000
