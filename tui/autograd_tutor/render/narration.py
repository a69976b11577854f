"""A recording in sentences, for reading and for being read aloud: no columns, no signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from autograd_tutor.analysis.changes import TensorChange, changed_tensors
from autograd_tutor.analysis.code_state import source_line
from autograd_tutor.analysis.ending import Failed, error_at, failed_at
from autograd_tutor.analysis.identity import NOTHING_KNOWN, Identity, identity_at
from autograd_tutor.analysis.nonfinite_moments import first_moments
from autograd_tutor.client.refusals import refused_in, refused_with
from autograd_tutor.messages import _, count
from autograd_tutor.recording.model import Error, Node, Snapshot, StepResult, Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.grad_rows import grad_rows
from autograd_tutor.render.identity_words import rebound_remarks, remarks
from autograd_tutor.render.left_out import left_out_text
from autograd_tutor.render.node_names import NodeNamer, called, namer_at
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.outcome import TRUNCATED, failed_text, in_threads
from autograd_tutor.render.pass_narration import node_rows, pass_rows
from autograd_tutor.render.rows import Row, Span, row
from autograd_tutor.render.sanitize import sanitize, sanitize_line
from autograd_tutor.render.sentences import block, listed, times
from autograd_tutor.render.tangents import tangent_rows
from autograd_tutor.render.tensor_words import (
    TENSOR_SIGNS,
    kind_text,
    shape_and_type,
    stats_rows,
)
from autograd_tutor.render.unfollowed import unfollowed_text


def lesson_rows(
    lesson_id: str,
    title: str,
    torch: str,
    seed: int,
    file: str | None = None,
    sandboxed: bool = False,
) -> Iterator[Row]:
    """What is about to run, a script by the name of its `file`."""
    is_script = file is not None and file.lower().endswith(".py")
    name = (
        _("Script {file}").format(file=file)
        if is_script
        else _("Lesson {lesson_id}").format(lesson_id=lesson_id)
    )
    yield row((sanitize_line(f"{name}: {title}"), "title"))
    how = _(", sandboxed") if sandboxed else ""
    yield row(
        (
            sanitize_line(
                _("torch {torch}, seed {seed}{how}").format(torch=torch, seed=seed, how=how)
            ),
            "dim",
        )
    )


def step_rows(index: int, count: int, title: str, explanation: str) -> Iterator[Row]:
    """The step at `index` (from 0) of `count` begins."""
    yield row()
    yield row(
        (
            sanitize_line(
                _("Step {index} of {count}: {title}").format(
                    index=index + 1, count=count, title=title
                )
            ),
            "title",
        )
    )
    yield row()
    text = sanitize(explanation).strip("\n")
    if text.strip():
        yield from map(row, text.split("\n"))
        yield row()


def snapshot_rows(
    trace: Trace,
    index: int,
    since: int | None = None,
    inside: Iterable[Row] = (),
    *,
    graph: bool = True,
) -> Iterator[Row]:
    """One line that was executed, the snapshot at `index`, and everything that it did.

    Those from `since` on were not shown: the nodes of a backward pass that the line asked for.
    `inside`: rows about what happened in such a pass. `graph`: whether new nodes have rows.
    """
    snapshot = trace.snapshots[index]
    if snapshot.backward is not None:
        yield from node_rows(trace, index)
        yield from _first_rows(trace, index, index)
        return
    since = index if since is None else since
    changes = list(_changes(trace, index, since))
    if graph:
        changes += _graph_rows(trace, trace.snapshots[since : index + 1], index)
    changes += _first_rows(trace, since, index)
    if snapshot.event == "start" and not changes:
        return
    if left_out := left_out_text(trace, index):
        yield row((left_out, "dim"))
    yield _heading(trace, snapshot)
    yield from _indented(inside)
    yield from changes
    if snapshot.error is not None:
        yield from _error_rows(snapshot.error, trace)


def unended_rows(
    trace: Trace, first: int, last: int, since: int, inside: Iterable[Row]
) -> Iterator[Row]:
    """A line whose end was not recorded, as of the backward pass that it had asked for.

    The snapshots `first` to `last` are of that pass; those from `since` on were not shown, `inside`
    has the rows of the others.
    """
    snapshot = trace.snapshots[first]
    call = snapshot.backward.call if snapshot.backward is not None else 0
    is_over = last + 1 < len(trace)
    how = _(", recorded only in part") if is_over else _(" did not end")
    yield _line_heading(trace, snapshot, how)
    yield from _indented(inside)
    ran = sum(1 for at in trace.pass_snapshots.get(call, ()) if first <= at <= last)
    yield row(
        (
            _("  backward pass {call}: {nodes} ran").format(call=call, nodes=count(ran, "node")),
            "grad",
        )
    )
    if since <= last:
        yield from _changes(trace, last, since)
        yield from _graph_rows(trace, trace.snapshots[since : last + 1], last)


def result_rows(
    result: StepResult, raises: str | None, expected: int, trace: Trace | None = None
) -> Iterator[Row]:
    """How a step ended. It was to raise `raises` and to make `expected` expressions true.

    `trace`: what was recorded of it.
    """
    took = _("{moments} in {seconds:.2f} s").format(
        moments=count(result.snapshots - 1, "moment"), seconds=result.seconds
    )
    name = _("Step {step}").format(step=result.step + 1)
    if result.truncated is not None:
        limit = TRUNCATED[result.truncated]
        fault = f" ({result.fault})" if result.fault else ""
        counted = limit.format(moments=result.snapshots - 1, nodes=result.nodes)
        yield row(counted + sanitize_line(fault))
    if result.threads:
        yield row(in_threads(result.threads))
    if unfollowed := unfollowed_text(result):
        yield row(unfollowed)
    if refused := refused_in(result):
        yield row((refused, "failure"))
    for failed in result.failed:
        yield row(
            (
                sanitize_line(
                    _("Not as expected: {expression} ({reason})").format(
                        expression=failed.expression, reason=failed.reason
                    )
                ),
                "failure",
            )
        )
    if result.ok:
        raised = (
            _(" It raised {raises}, as it was meant to.").format(raises=raises) if raises else ""
        )
        expectations = f" {_expectations_text(expected)}" if expected else ""
        yield row(
            (
                sanitize_line(
                    _("{name} is done: {took}.{raised}{expectations}").format(
                        name=name, took=took, raised=raised, expectations=expectations
                    )
                ),
                "done",
            )
        )
    elif raises and result.error is None:
        yield row(
            (
                sanitize_line(
                    _("{name} failed: it was meant to raise {raises}.").format(
                        name=name, raises=raises
                    )
                ),
                "failure",
            )
        )
    elif result.error is not None and not result.failed:
        yield row(
            (
                sanitize_line(
                    _("{name} failed: {error}").format(name=name, error=_error(result.error, trace))
                ),
                "failure",
            )
        )
    else:
        yield row((_("{name} failed: not everything is as expected.").format(name=name), "failure"))


def stopped_rows(index: int, count: int, reason: str) -> Iterator[Row]:
    """The run went no further in the step at `index`, or after it."""
    yield row(
        (
            sanitize_line(
                _("Step {index} failed: {reason}").format(index=index + 1, reason=reason)
            ),
            "failure",
        )
    )
    yield from unrun_rows(index, count)


def unrun_rows(index: int, count: int) -> Iterator[Row]:
    """Which steps were not run because the one at `index` failed."""
    first, last = index + 2, count
    if first == last:
        yield row(_("Step {last} was not run.").format(last=last))
    elif first < last:
        yield row(_("Steps {first} to {last} were not run.").format(first=first, last=last))


def setup_rows(error: Error) -> Iterator[Row]:
    """The hidden code before the first step failed."""
    setup = _("The lesson's setup failed: {error}").format(error=_error(error))
    # Without a type, a script could not be started as it was asked for.
    yield row((sanitize_line(setup if error.type else error.message), "failure"))
    yield from block(error.traceback, "failure")
    if refused := refused_with(error):
        yield row((refused, "failure"))


def _heading(trace: Trace, snapshot: Snapshot) -> Row:
    if snapshot.event == "start":
        return row((_("Before the first line:"), "strong"))
    if snapshot.event == "end":
        return row((_("In the end:"), "strong"))
    if snapshot.error is not None and error_at(trace, snapshot.failure or 0) is not None:
        number = trace.place(snapshot.line)
        return row(
            (_("The failure of line {number} ends the step:").format(number=number), "strong")
        )
    has_failed = snapshot.raised or snapshot.error is not None
    return _line_heading(trace, snapshot, _(" failed") if has_failed else "")


def _line_heading(trace: Trace, snapshot: Snapshot, how: str) -> Row:
    number = trace.place(snapshot.line)
    inside = _(" in {function}").format(function=snapshot.function) if snapshot.function else ""
    where = (
        _("Line {number}{inside}{how}").format(number=number, inside=inside, how=how)
        if number
        else _("The step{how}").format(how=how)
    )
    source = source_line(trace.source, snapshot.line)
    return row((sanitize_line(f"{where}: "), "strong"), sanitize_line(source))


def _indented(rows: Iterable[Row]) -> Iterator[Row]:
    return (Row((("  ", ""), *each.spans), each.base) for each in rows)


def _changes(trace: Trace, index: int, since: int) -> Iterator[Row]:
    snapshots = trace.snapshots[since : index + 1]
    stdout = "".join(snapshot.stdout for snapshot in snapshots)
    if stdout:
        yield row(_("  prints:"))
        yield from block(stdout)
    for ended in snapshots[-1].passes:
        yield from pass_rows(trace, index, ended)
    changes = list(changed_tensors(trace, since, index))
    identity = identity_at(trace, index) if changes else NOTHING_KNOWN
    for change in changes:
        yield from _tensor_rows(change, identity, index)
    snapshot = snapshots[-1]
    for name, value in snapshot.values.items():
        yield row(f"  {sanitize_line(name)} = {sanitize_line(value)}")
    if snapshot.gone:
        yield row(_("  gone: {gone}").format(gone=sanitize_line(", ".join(snapshot.gone))))


def _tensor_rows(change: TensorChange, identity: Identity, index: int) -> Iterator[Row]:
    tensor = change.now
    name: Span = (sanitize_line(change.name), f"{TENSOR_SIGNS[tensor.kind][1]} changed")
    is_new_name = change.before is None or change.is_rebound
    if change.same_as is not None or change.was_called is not None:
        if is_new_name and not _is_explained(change, identity, index):
            called = change.same_as or _("what {was_called} was").format(
                was_called=change.was_called
            )
            yield row("  ", name, sanitize_line(_(" is {called}").format(called=called)))
        if change.same_as is not None:
            return
    elif change.prints_otherwise:
        what = _("another tensor now") if change.is_rebound else _("changed")
        what = _("new") if change.before is None else what
        kind = _("{kind}, shape {shape}").format(
            kind=kind_text(tensor), shape=shape_and_type(tensor)
        )
        yield row(
            "  ",
            name,
            _(" is {what}: {tensor}{kind}").format(what=what, tensor=_found(tensor), kind=kind),
        )
        yield from block(text(tensor, with_tangent=False))
        if tensor.stats is not None:
            yield from (row(f"    {line}") for line in stats_rows(tensor.stats))
        yield from tangent_rows(tensor, change.before)
    yield from grad_rows(change)
    if is_new_name:
        rebound = rebound_remarks((change.name,), identity)
        for words in remarks((change.name,), identity):
            is_ = _("is ") if words in rebound else ""
            yield row("  ", name, f" {is_}{words}")


def _is_explained(change: TensorChange, identity: Identity, index: int) -> bool:
    """Whether the tensor is the earlier one of a name that stands for another since now."""
    rebound = identity.rebound.values()
    return any(each.since == index and each.earlier == change.name for each in rebound)


def _first_rows(trace: Trace, since: int, index: int) -> Iterator[Row]:
    """Says that the first NaN or inf of the step came up from snapshot `since` to `index`."""
    kinds = first_moments(trace, index)._asdict()
    found = [kind for kind, at in kinds.items() if at is not None and at >= since]
    if found:
        text = _("  {nonfinite} the first {found} of this step").format(
            nonfinite=signs.NONFINITE, found=_(" and ").join(found)
        )
        yield row((text, "failure"))


def _found(tensor: Tensor) -> str:
    return "".join(text for text, _ in mark(nonfinite(tensor), behind=", "))


def _graph_rows(trace: Trace, snapshots: Sequence[Snapshot], index: int) -> Iterator[Row]:
    nodes = [node for found in snapshots for node in reversed(found.nodes)]  # as they were made
    if nodes:
        namer = namer_at(trace.nodes, trace.state(index))
        for node in nodes:
            yield row(
                (
                    sanitize_line(_("  graph: {trace}").format(trace=_node(trace, node, namer))),
                    "operation",
                )
            )


def _node(trace: Trace, node: Node, namer: NodeNamer) -> str:
    what = _("node {id}, {node}").format(id=node.id, node=called(node, namer))
    inputs = Counter(_input(trace, edge) for edge in node.next)
    names = [name if number == 1 else f"{name} {times(number)}" for name, number in inputs.items()]
    return _("{what}, leads to {names}").format(what=what, names=listed(names)) if names else what


def _input(trace: Trace, edge: tuple[int, int] | None) -> str:
    if edge is None:
        return _("an input without gradient")
    known = trace.nodes.get(edge[0])
    output = _(" output {edge}").format(edge=edge[1]) if edge[1] else ""
    return _("node {edge}{tail}{output}").format(
        edge=edge[0], tail=f" {known.name}" if known else "", output=output
    )


def _error_rows(error: Error, trace: Trace) -> Iterator[Row]:
    shown = error.traceback.strip("\n") or _error(error, trace)
    yield from block(shown, "failure")


def _error(error: Error, trace: Trace | None = None) -> str:
    text = f"{error.type}: {error.message}" if error.message else error.type
    failed = Failed(error.line, None) if trace is None else failed_at(trace, error)
    return f"{text} ({failed_text(failed)})" if failed is not None and error.line else text


def _expectations_text(expected: int) -> str:
    return (
        _("The {expected} things it expects hold.").format(expected=expected)
        if expected > 1
        else _("What it expects holds.")
    )
