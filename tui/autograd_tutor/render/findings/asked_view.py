"""What can be said of any tensor: its gradient, where that comes from, what was made of it."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.asked import Held, Way, Ways, held, ways_to
from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.uses import Use, uses
from autograd_tutor.analysis.why_none import why_none
from autograd_tutor.limits.interface import MOST_COUNTED_WAYS
from autograd_tutor.messages import _, plural
from autograd_tutor.recording.batches import example_shape
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.findings.why_none_words import line_of, where, why_none_sentences
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import listed
from autograd_tutor.render.short import short_spans
from autograd_tutor.render.tensor_words import shape_text

_CELLS = 30
"""Of a gradient that came over a way."""
_MOST_PASSES = 4
"""The last passes of those that have added to a gradient that are listed."""


def asked_view(run: Run, trace: Trace, index: int, name: str, width: int) -> list[Row]:
    """The rows about one tensor at a snapshot of a step, of at most `width` cells."""
    name = name.removesuffix(".grad")
    shown, measure, step = sanitize_line(name), min(width, MEASURE), trace.step
    rows: list[Row] = []
    reason = why_none(run, trace, index, name)
    ways = ways_to(run, trace, index, name)
    if reason is not None:
        for sentence in why_none_sentences(reason, shown, step):
            rows += wrap([(sentence, "")], measure)
    found = None if reason is not None else held(run, trace, index, name)
    if found is not None:
        rows += _held(found, shown, step, width)
    if ways is not None:
        is_there = found is None or ways.of in [each.of for each in found.brought]
        gone = reason is not None or not is_there
        rows += [*([row()] if rows else []), *_ways(ways, shown, step, width, gone)]
    elif reason is None and not rows:
        rows += wrap([(_("No recorded pass has brought one."), "")], measure)
    rows += [row(), row((_("What was computed from it?"), "strong"))]
    return [*rows, *_uses(uses(run, trace, index, name), step, measure)]


def _held(found: Held, name: str, step: int, width: int) -> list[Row]:
    """What is in a `.grad` besides what the last pass has brought."""
    rows: list[Row] = []
    if len(found.brought) > 1:
        text = _("`{name}.grad` is the sum of what {passes} passes brought:")
        passes = f"{len(found.brought):,}"
        rows += wrap([(text.format(name=name, passes=passes), "")], min(width, MEASURE))
        left = len(found.brought) - _MOST_PASSES
        rows += [row((_("  {count} before that").format(count=left), "dim"))] if left > 0 else []
        for each in found.brought[-_MOST_PASSES:]:
            head = _("  pass {call} ({line})  ").format(call=each.call, line=line_of(each.at, step))
            rows.append(row(head, *_sent(each.grad, width - len(head))))
    if found.changed is not None:
        if found.by_pass:
            text = _("The pass of {where} has changed it; its nodes were not recorded.")
        elif found.brought:
            text = _("`{name}.grad` was changed in {where}, too.")
        else:
            text = _("No recorded pass has brought it: it was set in {where}.")
        changed = text.format(name=name, where=where(found.changed, step))
        rows += wrap([(changed, "")], min(width, MEASURE))
    return rows


def _ways(ways: Ways, name: str, step: int, width: int, is_gone: bool) -> list[Row]:
    number = len(ways.ways) + ways.left_out
    line = line_of(ways.at, step)
    if is_gone:
        head = plural(
            "What came last, in pass {call} ({line}), came over {count} way:",
            "What came last, in pass {call} ({line}), came over {count} ways:",
            number,
        )
    else:
        head = plural(
            "Where does it come from? In pass {call} ({line}) over {count} way:",
            "Where does it come from? In pass {call} ({line}) over {count} ways:",
            number,
        )
    text = head.format(call=ways.call, line=line, count=number)
    rows = wrap([(text, "strong")], width)
    for way in ways.ways:
        rows += _way_rows(way, name, step, width)
    if ways.left_out:
        rows.append(row((_("  … and {count} more").format(count=ways.left_out), "dim")))
    return [*rows, *_sum_rows(ways, number, width)]


def _sum_rows(ways: Ways, number: int, width: int) -> list[Row]:
    """What the ways bring together, and what their shares are."""
    rows: list[Row] = []
    if ways.arrived is not None and ways.is_hooked:
        rows.append(row(f"  {_('arrived')}  ", *_sent(ways.arrived, width - 20)))
        rows += wrap([(_("That is not what was sent: a hook has changed it."), "")], width)
    elif ways.arrived is not None and number > 1:
        rows.append(row(f"  {_('sum')}  ", *_sent(ways.arrived, width - 20)))
        if ways.is_opposed:
            text = _("They cancel each other in part.")
            rows += wrap([(text, "")], width)
    if number > 1 and any(way.share is not None for way in ways.ways):
        text = _("%: the norm of what came over a way, as a part of the sum of all such norms.")
        rows += wrap([(text, "dim")], width)
    return rows


def _way_rows(way: Way, name: str, step: int, width: int) -> list[Row]:
    share = f"{_percent(way.share):>4}  " if way.share is not None else "      "
    path = " → ".join([*map(sanitize_line, _short(way.names)), name])
    if not way.names:
        path = _("the pass begins here")
    others = ""
    if way.others:
        others = plural(
            "  (and {n} more way to {last})", "  (and {n} more ways to {last})", way.others
        ).format(n=_many(way.others), last=sanitize_line(way.names[-1]))
    used = line_of(way.used, step) if way.used is not None else ""
    if used and way.turn is not None:
        used += _(", turn {turn}").format(turn=way.turn)
    spans: list[Span] = [(path, ""), (f"  ({used})" if used else "", "dim"), (others, "dim")]
    rows = wrap(spans, width, row((f"  {share}", "grad")), 8)
    if way.grad is not None:
        rows.append(row("        ", (_("sent  "), "dim"), *_sent(way.grad, width - 20)))
        if way.is_summed:
            shape = shape_text(example_shape(way.grad))
            text = _("summed to the input's shape {grad}").format(grad=shape)
            rows.append(row("        ", (text, "dim")))
    return rows


def _sent(grad: Tensor | None, width: int) -> Sequence[Span]:
    """A gradient in short, with its norm."""
    if grad is None:
        return ()
    norm = grad_norm(grad)
    text = "" if norm is None else _("  norm {norm}").format(norm=number_text(norm))
    return (*short_spans(grad, min(_CELLS, width), "grad"), (text, "dim"))


def _percent(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _uses(found: Sequence[Use], step: int, width: int) -> list[Row]:
    groups = (
        ("", ("graph", "view")),
        (_("Without a graph, so that no gradient comes back: "), ("no graph",)),
        (_("Made by lines that read it: "), ("read",)),
    )
    rows: list[Row] = []
    for head, hows in groups:
        names = [_used(each, step) for each in found if each.how in hows]
        if names:
            rows += wrap([(f"{head}{listed(names)}.", "")], width)
    return rows or wrap([(_("Nothing that has a name now."), "")], width)


def _used(use: Use, step: int) -> str:
    line = "" if use.at is None else f" ({line_of(use.at, step)})"
    if use.how == "view" and use.at is not None:
        line = _(" ({line}, a view: the same memory)").format(line=line_of(use.at, step))
    return f"`{sanitize_line(use.name)}`{line}"


def _many(number: int) -> str:
    return f"{number:,}" if number < MOST_COUNTED_WAYS - 1 else f"{MOST_COUNTED_WAYS - 1:,}+"


def _short(names: tuple[str, ...]) -> tuple[str, ...]:
    """A long way by its ends."""
    return names if len(names) <= 6 else (*names[:3], "…", *names[-2:])
