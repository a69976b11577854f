"""A tensor as text, exactly as torch prints it with its default print options.

The layout follows what `print(tensor)` does in torch 2.6 to 2.13: 4 digits, lines of 80 columns.
torch leaves nothing out of a tensor small enough to carry `raw`; of a large one it writes the
`edges`, and chooses how by these alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache

from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import EDGE_ITEMS, Stats, Tensor, Wrapper
from autograd_tutor.recording.number_text import aligned, each_alone, number_text

LINE_WIDTH = 80
PREFIX = "tensor("
ELLIPSIS = "…"
ENDED = -2
"""What print() gives as the level of a transform that has ended."""

_DEFAULT_DTYPES = frozenset({"torch.float32", "torch.complex64", "torch.int64", "torch.bool"})


def text(tensor: Tensor, with_tangent: bool = True) -> str:
    """What `print(tensor)` gives; what it says of the tangent only if `with_tangent`."""
    wrappers = () if tensor.shown is not None else tensor.wrappers
    return in_wrappers(text_inside(tensor, with_tangent), wrappers)


def text_inside(tensor: Tensor, with_tangent: bool = True) -> str:
    """The same of what is inside of the wrappers that a transform has put around it.

    With them where the text was recorded.
    """
    if tensor.shown is not None:
        return tensor.shown
    printed = _text_of_numbers(tensor, with_tangent)
    return f"Parameter containing:\n{printed}" if tensor.kind == "parameter" else printed


def _text_of_numbers(tensor: Tensor, with_tangent: bool) -> str:
    raw, shape = numbers.elements(tensor), tensor.shape or ()
    cut: tuple[int, ...] = ()
    if raw is None and (raw := numbers.edges(tensor)) is not None:
        cut = tuple([axis for axis, size in enumerate(shape) if size > 2 * EDGE_ITEMS])
        shape = numbers.edges_shape(shape)
    body = "..." if raw is None else _printed(raw, tensor.dtype, shape, cut)
    return _with_suffixes(PREFIX + body, _suffixes(tensor, raw, with_tangent))


def in_wrappers(printed: str, wrappers: Sequence[Wrapper]) -> str:
    """What print() gives of a tensor in these wrappers."""
    for each in reversed(wrappers):
        level = ENDED if each.level is None else each.level
        inside = f"value=\n{textwrap.indent(printed, ' ' * 4)}\n)"
        if each.bdim is None:
            printed = f"GradTrackingTensor(lvl={level}, {inside}"
        else:
            printed = f"BatchedTensor(lvl={level}, bdim={each.bdim}, {inside}"
    return printed


def values(tensor: Tensor, width: int = LINE_WIDTH) -> str:
    """The elements alone, in brackets and aligned, in as many lines of `width` as they need.

    Lines are wider only where a single element is. A tensor without `raw` gives its printed text.
    """
    raw = numbers.elements(tensor)
    if raw is None:
        return text(tensor)
    return _fitted(raw, tensor.dtype, tensor.shape or (), width)


def one_line(tensor: Tensor, width: int) -> str:
    """The elements in one line of at most `width` columns; what does not fit becomes `…`.

    A large tensor gives its summary, one without values the first line of what it prints.
    """
    raw = numbers.elements(tensor)
    if raw is not None:
        return _bounded_elements(raw, tensor.dtype, tensor.shape or (), width)
    if tensor.stats is not None:
        summary = _summary(tensor.stats)
        return _clip(summary, width)
    if tensor.shown is None and tensor.edges is None:
        return _clip(ELLIPSIS, width)
    return _clip(" ".join(text_inside(tensor).split()), width)


def _summary(stats: Stats) -> str:
    """Range, mean and spread of the finite elements."""
    nonfinite = stats.nan + stats.inf
    if nonfinite and nonfinite >= stats.sampled:
        return "no finite elements"
    whose = f"of the {stats.sampled - nonfinite:,} finite: " if nonfinite else ""
    least, most, mean, std = map(number_text, (stats.min, stats.max, stats.mean, stats.std))
    return f"{whose}{least} … {most}  mean {mean}  std {std}"


@lru_cache(maxsize=512)
def _printed(raw: bytes, dtype: str, shape: tuple[int, ...], cut: tuple[int, ...]) -> str:
    """As print() lays the elements out, behind PREFIX; `cut` as in `_layout`."""
    if not raw:
        return "[]"
    written, column = aligned(raw, dtype)
    room = LINE_WIDTH - len(PREFIX) - max(0, len(shape) - 1)
    return _layout(written, shape, len(PREFIX), max(1, room // (column + 2)), cut)


@lru_cache(maxsize=512)
def _fitted(raw: bytes, dtype: str, shape: tuple[int, ...], width: int) -> str:
    """Laid out from column 0 so that the brackets fit in as well."""
    if not raw:
        return "[]"
    written, _ = aligned(raw, dtype)
    column = max(map(len, written))
    room = width - 2 * len(shape) + 2
    return _layout([item.rjust(column) for item in written], shape, 0, room // (column + 2))


def _layout(
    written: Sequence[str],
    shape: tuple[int, ...],
    indent: int,
    per_line: int,
    cut: tuple[int, ...] = (),
) -> str:
    """In brackets, one pair for each dimension; of those in `cut`, the middle is left out."""
    if not shape:
        return written[0]
    last = len(shape) - 1
    between = ",\n" + " " * (indent + len(shape))
    rows = _parts(written, shape[last], " ..." if last in cut else None)
    blocks = [_vector(row, max(1, per_line), between) for row in rows]
    for depth in range(last - 1, -1, -1):
        between = "," + "\n" * (last - depth) + " " * (indent + depth + 1)
        parts = _parts(blocks, shape[depth], "..." if depth in cut else None)
        blocks = [f"[{between.join(part)}]" for part in parts]
    return blocks[0]


def _parts(items: Sequence[str], size: int, left_out: str | None) -> list[Sequence[str]]:
    """`size` items at a time, with the sign for what is left out, if anything is, among them."""
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    if left_out is None:
        return parts
    return [[*part[:EDGE_ITEMS], left_out, *part[EDGE_ITEMS:]] for part in parts]


def _vector(written: Sequence[str], per_line: int, between: str) -> str:
    if len(written) <= per_line:
        return f"[{', '.join(written)}]"
    rows = [written[start : start + per_line] for start in range(0, len(written), per_line)]
    return f"[{between.join([', '.join(row) for row in rows])}]"


def _suffixes(tensor: Tensor, raw: bytes | None, with_tangent: bool) -> list[str]:
    suffixes = [] if tensor.device == "cpu" else [f"device='{tensor.device}'"]
    if raw is None:
        suffixes.append(f"size={tensor.shape}")
    if raw == b"":
        if tensor.shape is not None and len(tensor.shape) != 1:
            suffixes.append(f"size={tensor.shape}")
        if tensor.dtype != "torch.float32":
            suffixes.append(f"dtype={tensor.dtype}")
    elif tensor.dtype not in _DEFAULT_DTYPES:
        suffixes.append(f"dtype={tensor.dtype}")
    if tensor.wrappers:  # what is inside takes no part in the autograd of the transform
        return suffixes
    if tensor.grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{tensor.grad_fn_name}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    if with_tangent and tensor.tangent is not None:
        suffixes.append(f"tangent={_formatted(tensor.tangent)}")
    return suffixes


def _formatted(tensor: Tensor) -> str:
    """As `format()` writes it: of a tensor without dimensions just the number."""
    number = numbers.nested(tensor) if tensor.shape == () else None
    return text(tensor) if number is None else str(number)


def _with_suffixes(printed: str, suffixes: list[str]) -> str:
    pieces = [printed]
    # One more than the last line is long, as torch reckons.
    column = len(printed) - printed.rfind("\n") + 1
    for suffix in suffixes:
        if column + len(suffix) + 2 > LINE_WIDTH:
            pieces.append(",\n" + " " * len(PREFIX) + suffix)
            column = len(PREFIX) + len(suffix)
        else:
            pieces.append(", " + suffix)
            column += len(suffix) + 2
    return "".join(pieces) + ")"


@lru_cache(maxsize=1024)
def _bounded_elements(raw: bytes, dtype: str, shape: tuple[int, ...], width: int) -> str:
    if not raw:
        return _clip("[]", width)
    written = each_alone(raw, dtype)
    if not shape:
        return _clip(written[0], width)
    pieces: list[str] = []
    used = 0
    for index, item in enumerate(written):
        opened, closed = _brackets(index, shape)
        piece = ("" if index == 0 else ", ") + "[" * opened + item + "]" * closed
        # What stays open has to be closed behind the sign for what was left out.
        open_after = len(shape) - closed
        tail = 0 if index == len(written) - 1 else len(f", {ELLIPSIS}") + open_after
        if used + len(piece) + tail > width:
            if not pieces:
                return _clip("[" * len(shape) + ELLIPSIS + "]" * len(shape), width)
            open_before = len(shape) - _brackets(index - 1, shape)[1]
            return "".join(pieces) + f", {ELLIPSIS}" + "]" * open_before
        pieces.append(piece)
        used += len(piece)
    return "".join(pieces)


def _brackets(index: int, shape: tuple[int, ...]) -> tuple[int, int]:
    """How many brackets open before, and close after, the element at a flat index."""
    opened = closed = 0
    block = 1
    for size in reversed(shape):
        block *= size
        opened += index % block == 0
        closed += (index + 1) % block == 0
    return opened, closed


def _clip(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(0, width - 1)] + ELLIPSIS[:width]
