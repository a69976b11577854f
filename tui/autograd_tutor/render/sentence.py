"""What happened at a moment in one sentence that a beginner reads, whole in any width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from rich.cells import cell_len

from autograd_tutor.analysis.code_state import source_line
from autograd_tutor.analysis.effects import Effects, effects
from autograd_tutor.analysis.statements import is_on_one_line, statements
from autograd_tutor.messages import _, count
from autograd_tutor.recording.model import Backward, Snapshot
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.effect_words import Forms, effect_clauses
from autograd_tutor.render.left_out import left_out_short, left_out_text
from autograd_tutor.render.node_names import namer_at
from autograd_tutor.render.rows import Row, clip, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import joined
from autograd_tutor.render.statement_words import set_by_statement, statement_forms

_NOTHING = (_("changed no variable."), _("changed nothing."))
_MOST_SOURCE = 48
"""Cells of a line of code in the sentence: of a longer one its number stands there."""


def sentence_row(timeline: Timeline, width: int) -> Row:
    """The sentence in a row: the longest of its forms that fits."""
    room = width - 2
    forms = [sanitize_line(form) for form in _forms(timeline)]
    text = next((form for form in forms if cell_len(form) <= room), forms[-1])
    return clip(row(f" {text}"), width)


def _forms(timeline: Timeline) -> Iterator[str]:
    snapshot, trace = timeline.snapshot, timeline.trace
    if snapshot is None:
        yield _("Nothing has been recorded yet.")
    elif snapshot.event == "start":
        yield from (_("The step begins: none of its lines has run yet."), _("No line has run yet."))
    elif snapshot.left_out is not None:
        yield from _left_out_forms(trace, timeline.index, snapshot)
    elif snapshot.event == "end":
        yield _("The recording stopped before the step's end; this is how everything was then.")
        yield _("The recording was cut; this is the end.")
    elif snapshot.backward is not None:
        yield from _node_forms(trace, timeline.index, snapshot.backward)
    else:
        did = effects(trace, min(timeline.previous, timeline.index - 1) + 1, timeline.index)
        predicates = _predicates(trace, snapshot, did)
        subjects = _subjects(trace, snapshot)
        # The longer predicate matters more than the longer subject.
        for predicate, subject in product(predicates, subjects):
            yield f"{subject} {predicate}"
        yield _("Line {line_number} ran.").format(line_number=trace.place(snapshot.line))


def _left_out_forms(trace: Trace, index: int, snapshot: Snapshot) -> Iterator[str]:
    """Of what was changed nobody knows which line did it."""
    own = [] if snapshot.event == "end" else statement_forms(trace, snapshot)
    forms = (left_out_text(trace, index), left_out_short(trace, index))
    if own:
        for text, subject in product(forms, _subjects(trace, snapshot)):
            yield f"{text} {subject} {own[0]}."
    yield from forms


def _subjects(trace: Trace, snapshot: Snapshot) -> list[str]:
    number = _("Line {line_number}").format(line_number=trace.place(snapshot.line))
    statement = statements(trace.source).get(snapshot.line)
    source = source_line(trace.source, snapshot.line)
    whole = statement is not None and is_on_one_line(statement)
    if whole and source and cell_len(source) <= _MOST_SOURCE and "`" not in source:
        return [f"`{source}`", number]
    return [number]


def _predicates(trace: Trace, snapshot: Snapshot, did: Effects) -> list[str]:
    """What comes behind the line that ran, the longest form first."""
    failed = _failure(snapshot)
    if failed:
        return failed
    own, known = statement_forms(trace, snapshot), set_by_statement(trace, snapshot)
    values = tuple(each for each in did.values if each[0] not in known)
    clauses = [*([own] if own else []), *effect_clauses(did._replace(values=values))]
    if not clauses:
        return list(_NOTHING)
    return [f"{text}." for text in _joined_forms(clauses)]


def _failure(snapshot: Snapshot) -> list[str]:
    error = snapshot.error
    if error is not None:
        first = error.message.strip().split("\n")[0].rstrip(".")
        long = (
            [_("failed with {type}: {first}.").format(type=error.type, first=first)]
            if first
            else []
        )
        return [*long, _("failed with {type}.").format(type=error.type), _("failed.")]
    return [_("raised an exception.")] if snapshot.raised else []


def _joined_forms(clauses: Sequence[Forms]) -> Iterator[str]:
    """All clauses in their long forms, then shorter ones from the last on, then fewer of them."""
    for kept in range(len(clauses), 0, -1):
        chosen = [list(forms) for forms in clauses[:kept]]
        yield joined([forms[0] for forms in chosen])
        for forms in reversed(chosen):
            while len(forms) > 1:
                del forms[0]
                yield joined([each[0] for each in chosen])


def _node_forms(trace: Trace, index: int, record: Backward) -> Iterator[str]:
    node = trace.nodes.get(record.node)
    if node is None:
        yield _("A node that was not recorded ran.")
        return
    if node.name == "AccumulateGrad":
        yield from _leaf_forms(trace, index, record)
        return
    namer = namer_at(trace.nodes, trace.state(index))
    name = namer.node(node.id)
    name = (
        node.name
        if name == node.name
        else _("{node} of `{name}`").format(node=node.name, name=name)
    )
    targets = [
        f"`{namer.output(edge)}`"
        for edge, grad in zip(node.next, record.grad_inputs, strict=False)
        if edge is not None and grad is not None
    ]
    names = list(dict.fromkeys(targets))
    if not names:
        yield _("{name} ran and sent no gradient on.").format(name=name)
        yield _("{name} ran.").format(name=node.name)
        return
    yield _("{name} turned the gradient that arrived into one for {names}.").format(
        name=name, names=joined(names)
    )
    yield _("{name} sent a gradient to {names}.").format(name=name, names=joined(names))
    yield _("{name} sent a gradient to {names}.").format(name=node.name, names=joined(names))
    yield _("{name} sent {gradients} on.").format(
        name=node.name, gradients=count(len(targets), "gradient")
    )
    yield _("{name} ran.").format(name=node.name)


def _leaf_forms(trace: Trace, index: int, record: Backward) -> Iterator[str]:
    leaf = record.leaf
    if leaf is None:
        yield _("AccumulateGrad ran for a leaf that received no gradient, or has no name.")
        yield _("AccumulateGrad ran.")
        return
    before = trace.tensor(index - 1, leaf)
    if before is not None and before.grad is not None:
        yield _(
            "AccumulateGrad added the gradient that arrived to what `{leaf}.grad` held."
        ).format(leaf=leaf)
        yield _("AccumulateGrad added to `{leaf}.grad`.").format(leaf=leaf)
    else:
        yield _("AccumulateGrad put the gradient that arrived into `{leaf}.grad`.").format(
            leaf=leaf
        )
        yield _("AccumulateGrad filled `{leaf}.grad`.").format(leaf=leaf)
    yield _("A `.grad` was filled.")
