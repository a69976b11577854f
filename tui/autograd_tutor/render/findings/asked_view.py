"""What can be said of any tensor: its gradient, where that comes from, what was made of it."""

from __future__ import annotations

from autograd_tutor.analysis.asked import Way, Ways, WhyNone, users, ways_to, why_none
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.limits.interface import MOST_COUNTED_WAYS
from autograd_tutor.messages import _, plural
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import joined, listed
from autograd_tutor.render.short import short_spans

_CELLS = 30
"""Of a gradient that came over a way."""


def asked_view(trace: Trace, index: int, name: str, width: int) -> list[Row]:
    """The rows about one tensor at a snapshot, of at most `width` cells."""
    name = name.removesuffix(".grad")
    shown, measure = sanitize_line(name), min(width, MEASURE)
    rows: list[Row] = []
    reason = why_none(trace, index, name)
    ways = ways_to(trace, index, name)
    if reason is not None:
        rows += wrap([(_why_none(trace, reason, shown), "")], measure)
    if ways is not None:
        rows += [*([row()] if rows else []), *_ways(trace, ways, shown, width)]
    elif reason is None:
        rows += wrap([(_("No pass of this step has brought one."), "")], measure)
    rows += [row(), row((_("What was computed from it?"), "strong"))]
    names = [f"`{sanitize_line(each)}`" for each in users(trace, index, name)]
    text = listed(names) if names else _("Nothing that has a name and a graph now.")
    return [*rows, *wrap([(text, "")], measure)]


def _why_none(trace: Trace, why: WhyNone, name: str) -> str:
    line = trace.place(trace.snapshots[why.at].line) if why.at is not None else 0
    roots = joined([f"`{sanitize_line(each)}`" for each in why.roots]) or _("its root")
    texts = {
        "requires no grad": _(
            "`{name}.grad` is None: `{name}` does not require grad, so no pass fills it."
        ),
        "no pass": _("`{name}.grad` is None: no backward pass of this step has run yet."),
        "no leaf": _(
            "`{name}.grad` is None: `{name}` was computed, and a pass fills `.grad` of leaves "
            "only. `{name}.retain_grad()` before the pass keeps it."
        ),
        "no path": _(
            "`{name}.grad` is None: no path leads from {roots} (line {line}) to `{name}`."
        ),
        "cleared": _("`{name}.grad` is None: line {line} has cleared it."),
        "in transforms": _(
            "`{name}.grad` is None: inside of torch.func gradients are returned, not stored."
        ),
        "unknown": _("`{name}.grad` is None; the recording does not say why."),
    }
    return texts[why.reason].format(name=name, line=line, roots=roots)


def _ways(trace: Trace, ways: Ways, name: str, width: int) -> list[Row]:
    line = trace.place(trace.snapshots[ways.at].line)
    count = len(ways.ways) + ways.left_out
    head = plural(
        "Where does it come from? In pass {call} (line {line}) over {count} way:",
        "Where does it come from? In pass {call} (line {line}) over {count} ways:",
        count,
    ).format(call=ways.call, line=line, count=count)
    rows = wrap([(head, "strong")], width)
    for way in ways.ways:
        rows += _way_rows(way, name, width)
    if ways.left_out:
        rows.append(row((_("  … and {count} more").format(count=ways.left_out), "dim")))
    return rows


def _way_rows(way: Way, name: str, width: int) -> list[Row]:
    share = f"{way.share:4.0%}  " if way.share is not None else "      "
    path = " → ".join([*map(sanitize_line, _short(way.names)), name])
    others = ""
    if way.others:
        others = plural(
            "  (and {n} more way to {last})", "  (and {n} more ways to {last})", way.others
        ).format(n=_many(way.others), last=sanitize_line(way.names[-1]))
    spans: list[Span] = [(path, ""), (others, "dim")]
    rows = wrap(spans, width, row((f"  {share}", "grad")), 8)
    if way.grad is not None:
        norm = number_text(grad) if (grad := _norm(way)) is not None else ""
        sent = short_spans(way.grad, min(_CELLS, width - 20), "grad")
        rows.append(
            row(
                "        ",
                (_("sent  "), "dim"),
                *sent,
                (_("  norm {norm}").format(norm=norm), "dim"),
            )
        )
    return rows


def _many(count: int) -> str:
    return f"{count:,}" if count < MOST_COUNTED_WAYS - 1 else f"{MOST_COUNTED_WAYS - 1:,}+"


def _norm(way: Way) -> float | None:
    return None if way.grad is None else grad_norm(way.grad)


def _short(names: tuple[str, ...]) -> tuple[str, ...]:
    """A long way by its ends."""
    return names if len(names) <= 6 else (*names[:3], "…", *names[-2:])
