"""How the functions of the formulas' language are read, where not as `name(arguments)`.

The settings that a function needs beside its arguments (dimensions, strides, a diagonal) are those
that the node saved. What each function computes is spelled out in torch beside the tests that hold
every formula, as it is read, against torch (`tests/kernel/formula_words.py`
and `formula_own_words.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

UNREAD = frozenset(("conj", "keepdim", "per_matrix"))
"""Functions that are left out when a formula is read: shapes and conjugates."""

SIGNS: Mapping[str, str] = {
    "sigmoid": "σ",
    "sqrt": "√",
    "sum": "Σ",
    "total": "Σ",
    "normal_cdf": "Φ",
    "normal_density": "Φ′",
    "gelu_slope": "gelu′",
    "gelu_curvature": "gelu″",
    "norm_slope": "norm′",
}
"""Functions that have a sign of their own."""

NAMES: Mapping[str, str] = {
    "pi": "π",
    "attention_weights": "attention weights",
}
"""Names that are not read as they stand."""

FUNCTIONS = frozenset(
    (
        *("sign", "trunc", "clamp", "max", "mean"),
        *("exp", "log", "sin", "cos", "sinc", "sinh", "cosh", "tanh", "softplus", "xlogy"),
        *("erfinv", "digamma", "polygamma"),
        *("lgamma", "zeta", "i0", "i1", "i0e", "i1e", "real", "imag"),
        *("outer", "diag", "inv", "conv", "conv_transpose"),
        *("cat", "stack", "flip", "roll", "rot90", "tril", "triu"),
        *("fold", "unfold", "pixel_unshuffle", "pixel_shuffle"),
    )
)
"""Functions that are read as they are called."""

PHRASES: Mapping[str, str] = {
    "expand": "{}, expanded to {}",
    "reshape": "{}, reshaped to {}",
    "sum_to": "{}, summed to {}",
    "unless_rounded": "{}, 0 if rounded",
    "averaged": "{}, / n for a mean",
    "averaged_by_weight": "{}, / total_weight for a mean",
    "by_tanh": "{}, by its tanh form",
    "others": "product of the others in {}",
    "by_others": "Σ({} · product of the others in {} up to there) from here on",
    "shared": "{} where {}, shared if several",
    "from_here": "Σ({}) from here on",
    "placed": "{} at {}, 0 elsewhere",
    "put_back": "{} put back at {}",
    "added_at": "{} added at {}, 0 elsewhere",
    "at": "{} at {}",
    "cleared_at": "{}, 0 at {}",
    "unless_added": "{} unless added",
    "in_slice": "{} in the slice, 0 elsewhere",
    "spread_over": "{} where {}, else 0",
    "picked_by": "{} where {}, in order",
    "part": "{}'s part for this tensor",
    "on_diagonal": "{} on the diagonal, 0 elsewhere",
    "diagonal": "diagonal of {}",
    "exchanged": "{} with dim0, dim1 exchanged",
    "old_order": "{} in the old order",
    "copies_summed": "{}, copies summed",
    "windows_added": "{}, windows added where they lay",
    "added_to_sources": "{} added where it came from",
    "without_padding": "{} without the padding",
    "as_pairs": "{} as pairs of numbers",
    "as_complex": "{} as complex numbers",
    "over_batch": "{}, over the batch",
    "added_at_maxima": "{} added at window maxima",
    "over_window": "{} / size, over its window",
    "unpacked": "{} unpacked, 0 in the padding",
    "unless_equal": "{} unless equal",
    "halved_tril": "tril({}), diagonal halved",
    "unless_replaced": "{}, 0 where replaced",
    "cleared_in_slice": "{}, 0 in the slice",
    "slice_of": "slice of {}",
    "cleared_diagonal": "{}, 0 on the diagonal",
    "of_segment": "{} of its segment",
    "of_bag": "{} of its bag",
    "windows_of": "windows of {}",
    "mean_of_windows": "mean of each window of {}",
    "by_weights": "{}, by interpolation weights",
    "added_around": "{} added around {} by weight",
    "by_image_slope": "Σ({} · slope of input there)",
    "triangle": "triangle of {}",
    "below_diagonal": "{} below the diagonal",
    "block_of_exp": "upper right block of exp([[{}, {}], [0, {}]])",
    "transformed_back": "opposite transform of {}",
    "filled_up": "{} filled up with 0",
    "two_for_pairs": "{}, twice where a frequency stands for two",
    "turned": "i · {}",
    "sample_slope": "slope of {} by {}",
    "sum_of_digammas": "Σ(digamma({} − k / 2)) for k below p",
    "two_to": "2^{} in its dtype",
    "reduced": "{}, reduced as the loss was",
}
"""Functions that are read as words, with a place for each argument."""

CONDITIONS: Mapping[str, str] = {
    "is_taken": "{} was taken",
    "is_finite": "{} is finite",
    "is_nan": "{} is nan",
}
"""Words that are true or false of each element."""
