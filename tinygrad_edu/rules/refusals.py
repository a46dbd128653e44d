"""NumPy's functions that take no Tensor, each group with the reason and what to write instead."""

from __future__ import annotations

from tinygrad_edu.engine.rule import refused, refused_module

refused(
    "it writes into an array in place; build the result with np.where, np.concatenate or np.stack",
    "copyto", "put", "put_along_axis", "place", "putmask",
)  # fmt: skip

refused(
    "it writes into an array in place; write np.where(np.eye(n, dtype=bool), value, t)",
    "fill_diagonal",
)  # fmt: skip

refused(
    "it works on integers, and a Tensor holds real numbers; pass t.data.astype(int)",
    "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_count", "invert", "left_shift",
    "right_shift", "gcd", "lcm", "packbits", "unpackbits",
)  # fmt: skip

refused("NumPy itself is giving it up; write np.isin", "in1d")

refused(
    "it works on dates, and a Tensor holds real numbers",
    "busday_count", "busday_offset", "is_busday", "datetime_as_string",
)  # fmt: skip

refused(
    "it works on text, and a Tensor holds real numbers",
    *(f"_core.umath.{name}" for name in (
        "isalpha", "isdigit", "isspace", "isalnum", "islower", "isupper", "istitle", "isdecimal",
        "isnumeric", "str_len", "find", "rfind", "index", "rindex", "count", "startswith",
        "endswith", "_lstrip_whitespace", "_rstrip_whitespace", "_strip_whitespace",
        "_lstrip_chars", "_rstrip_chars", "_strip_chars", "_replace", "_expandtabs_length",
        "_expandtabs", "_center", "_ljust", "_rjust", "_zfill", "_partition_index",
        "_rpartition_index", "_partition", "_rpartition", "_slice",
    )),
)  # fmt: skip

# Modules that NumPy loads when they are first used: their functions are known by their module.
refused_module("it works on records, and a Tensor holds real numbers", "numpy.lib.recfunctions")
refused_module("it works on text, and a Tensor holds real numbers", "numpy.strings")
refused_module("it works on text, and a Tensor holds real numbers", "numpy.char")

refused(
    "it treats its elements as a set, without a place for a gradient; pass t.data",
    "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "union1d",
    "intersect1d", "setdiff1d", "setxor1d",
)  # fmt: skip

refused(
    "its edges go from the smallest number to the largest, and vary with these; pass t.data, or "
    "write np.linspace(np.min(t), np.max(t), n + 1)",
    "histogram_bin_edges",
)  # fmt: skip

refused(
    "it reads or writes a file, which holds no graph; pass t.data",
    "save", "savez", "savez_compressed", "savetxt", "loadtxt", "genfromtxt", "fromfile",
    "frombuffer", "fromstring", "fromiter",
)  # fmt: skip

refused(
    "it is a private function of NumPy's; write np.real or np.imag",
    "_core.umath.real", "_core.umath.imag",
)  # fmt: skip
