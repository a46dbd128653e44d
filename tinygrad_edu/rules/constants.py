"""Functions whose derivative is zero almost everywhere, or whose result is no number at all.

They take Tensors and give plain arrays.
"""

from __future__ import annotations

from tinygrad_edu.engine.rule import constant

# Comparisons and tests.
constant(
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "logical_and", "logical_or", "logical_xor", "logical_not",
    "isfinite", "isinf", "isnan", "isnat", "signbit", "isclose", "isneginf", "isposinf",
    "iscomplex", "isreal", "iscomplexobj", "isrealobj", "isin",
    "all", "any", "allclose", "array_equal", "array_equiv",
)  # fmt: skip

# Steps.
constant(
    "floor", "ceil", "rint", "trunc", "fix", "round", "around", "floor_divide", "spacing",
)  # fmt: skip

# Positions and counts.
constant(
    "argmax", "argmin", "argsort", "argpartition", "argwhere", "nanargmax", "nanargmin",
    "nonzero", "flatnonzero", "count_nonzero", "searchsorted", "digitize", "lexsort",
    "tril_indices_from", "triu_indices_from", "diag_indices_from",
    "unravel_index", "ravel_multi_index",
)  # fmt: skip

# What an array looks like.
constant(
    "shape", "ndim", "size", "result_type", "can_cast", "common_type", "min_scalar_type",
    "array2string", "array_repr", "array_str", "einsum_path", "shares_memory", "may_share_memory",
)  # fmt: skip

# New arrays after the pattern of another.
constant("zeros_like", "ones_like", "empty_like", "_core.umath._ones_like")
