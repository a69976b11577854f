"""The tensors pane: every tensor in reach, and the other variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autograd_tutor.analysis.changes import gone, is_same_tensor, same_value
from autograd_tutor.analysis.identity import NOTHING_KNOWN, Identity
from autograd_tutor.analysis.watch import is_watched, sort_watched
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.trace import State
from autograd_tutor.render import signs
from autograd_tutor.render.identity_words import remarks
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.tangents import tangent_rows
from autograd_tutor.render.tensor_words import (
    TENSOR_SIGNS,
    kind_text,
    own_shape_and_type,
    stats_rows,
    text_lines,
    transform_text,
)


def tensors_listing(
    state: State,
    before: State,
    watch: Sequence[str] = (),
    width: int = 80,
    identity: Identity = NOTHING_KNOWN,
) -> Listing:
    """Every tensor of `state`; what differs from `before` stands out, what went is named once.

    Values that are no tensors stand below, those of them that the lesson watches above. Nothing is
    left out to fit `width` cells, but what can stand below is put there. A tensor with several
    names is shown under one of them, as `identity` says.
    """
    rows: list[Row] = []
    changed: list[int] = []

    def add(names: Iterable[str]) -> None:
        values = _value_rows({name: state.values[name] for name in names}, before.values)
        if values.rows and rows:
            rows.append(Row())
        changed.extend(len(rows) + at for at in values.scroll_to)
        rows.extend(values.rows)

    watched = [name for name in sort_watched(state.values, watch) if is_watched(name, watch)]
    add(watched)
    if watched and state.tensors:
        rows.append(Row())
    for name in sort_watched(state.tensors, watch):
        start = len(rows)
        found, fresh = _rows_of(name, state.tensors[name], before, width, identity)
        rows += found
        if fresh:
            changed += [start, len(rows) - 1]
    add(name for name in state.values if name not in watched)
    names = gone(state, before)
    if names:
        rows.append(row(("  gone: " + sanitize_line(", ".join(names)), "dim")))
    return Listing(rows, changed[::-1])


def _rows_of(
    name: str, tensor: Tensor, before: State, width: int, identity: Identity
) -> tuple[list[Row], bool]:
    """What is shown under a name, and whether it differs from `before`."""
    if name in identity.same:
        fresh = not _was_bound(name, tensor, before)
        return [_name_row(name, tensor, identity.same[name], fresh)], fresh
    was = before.tensors.get(name)
    fresh = not same_value(tensor, was)
    rows = _tensor_rows(name, tensor, fresh, width, remarks(name, identity))
    return rows + tangent_rows(tensor, was, width, "strong" if fresh else ""), fresh


def _was_bound(name: str, tensor: Tensor, before: State) -> bool:
    was = before.tensors.get(name)
    return was is not None and is_same_tensor(was, tensor)


def _name_row(name: str, tensor: Tensor, main: str, fresh: bool) -> Row:
    """Another name of a tensor that is shown elsewhere."""
    return row(*_head(name, tensor, fresh), (f"  is {sanitize_line(main)}", "dim"))


def _head(name: str, tensor: Tensor, fresh: bool) -> tuple[Span, ...]:
    sign, style = TENSOR_SIGNS[tensor.kind]
    return (
        (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
        (f"{sign} ", style),
        (sanitize_line(name), f"{style} changed" if fresh else style),
        *mark(nonfinite(tensor), ahead="  "),
    )


def _tensor_rows(
    name: str, tensor: Tensor, fresh: bool, width: int, words: Sequence[str]
) -> list[Row]:
    kind = f"  {kind_text(tensor)} {own_shape_and_type(tensor)}"
    head = row(*_head(name, tensor, fresh), (kind, "dim"))
    transform = transform_text(tensor)
    words = [transform, *words] if transform else words
    remark_rows = [each for text in words for each in wrap([(text, "dim")], width, row("    "), 4)]
    style = "strong" if fresh else ""
    lines = text_lines(tensor, width - 4, with_tangent=False)
    body = [row("    ", (line, style)) for line in lines]
    if tensor.stats is not None:
        body += [row("    ", (line, "dim")) for line in stats_rows(tensor.stats)]
    return [head, *remark_rows, *body]


def _value_rows(values: Mapping[str, str], before: Mapping[str, str]) -> Listing:
    rows: list[Row] = []
    changed: list[int] = []
    for name, value in values.items():
        fresh = before.get(name) != value
        if fresh:
            changed.append(len(rows))
        rows.append(
            row(
                (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
                (sanitize_line(name), "changed" if fresh else ""),
                (" = ", "dim"),
                (sanitize_line(value), "strong" if fresh else ""),
            )
        )
    return Listing(rows, changed)
