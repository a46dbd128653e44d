"""NumPy's functions that take no Tensor, each group with the reason and what to write instead."""

from __future__ import annotations

from tinygrad_edu.registry import refused, refused_module

refused(
    "it writes into an array in place; build the result with np.where, np.concatenate or np.stack",
    "copyto", "put", "put_along_axis", "place", "putmask", "fill_diagonal",
)  # fmt: skip

refused(
    "it works on integers, and a Tensor holds real numbers; pass t.data.astype(int)",
    "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_count", "invert", "left_shift",
    "right_shift", "gcd", "lcm", "packbits", "unpackbits", "ix_",
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
refused_module("not yet supported", "numpy.fft")
refused_module("not yet supported", "numpy.polynomial.polynomial")

refused(
    "it treats its elements as a set, without a place for a gradient; pass t.data",
    "unique", "unique_all", "unique_values", "union1d", "intersect1d", "setdiff1d", "setxor1d",
    "trim_zeros",
)  # fmt: skip

refused(
    "it reads or writes a file, which holds no graph; pass t.data",
    "save", "savez", "savez_compressed", "savetxt", "loadtxt", "genfromtxt", "fromfile",
    "frombuffer", "fromstring", "fromiter",
)  # fmt: skip

refused(
    "a Tensor is no pattern for a new array; write t.data for its value",
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require",
    "fromfunction", "empty", "zeros", "ones", "full", "eye", "identity", "arange", "tri",
)  # fmt: skip

refused(
    "not yet supported",
    # reductions and running reductions
    "average", "cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "median", "nancumprod",
    "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile", "nanprod",
    "nanquantile", "nanstd", "nansum", "nanvar", "percentile", "ptp", "quantile", "trapezoid",
    # movement
    "append", "apply_along_axis", "apply_over_axes", "array_split", "atleast_1d", "atleast_2d",
    "atleast_3d", "block", "broadcast_arrays", "choose", "column_stack", "compress", "delete",
    "diag", "diagflat", "diagonal", "dsplit", "dstack", "extract", "flip", "fliplr", "flipud",
    "full_like", "hsplit", "hstack", "insert", "meshgrid", "pad", "partition", "piecewise",
    "repeat", "resize", "roll", "rollaxis", "rot90", "select", "sort", "sort_complex", "split",
    "take", "tile", "tril", "triu", "unstack", "vsplit", "vstack",
    "lib.stride_tricks.sliding_window_view",
    # products and linear algebra
    "cross", "inner", "kron", "matvec", "trace", "vdot", "vecdot", "vecmat",
    *(f"linalg.{name}" for name in (
        "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
        "inv", "lstsq", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv",
        "qr", "slogdet", "solve", "svd", "svdvals", "tensorinv", "tensorsolve", "trace", "vecdot",
        "vector_norm",
    )),
    # signals, polynomials, statistics
    "bincount", "convolve", "corrcoef", "correlate", "cov", "diff", "ediff1d", "geomspace",
    "gradient", "histogram", "histogram2d", "histogramdd", "interp", "linspace", "logspace",
    "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "polyval",
    "roots", "unwrap", "vander",
)  # fmt: skip
