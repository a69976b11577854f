"""What torch itself warns of, or would: once, in the middle of all that a script prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from autograd_tutor.analysis.diagnosis.edits import replaced
from autograd_tutor.analysis.diagnosis.expressions import before, tensors_of
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.naming import recorded
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import END, Line, Moment, Run, spoken
from autograd_tutor.analysis.diagnosis.source import Call, SourceLine
from autograd_tutor.recording.model import Tensor


def schedule(run: Run) -> Iterator[Finding]:
    """A schedule was moved before its optimizer had made a step."""
    for line in run.lines:
        if _warns(line, "Detected call of `lr_scheduler.step()` before `optimizer.step()`"):
            facts: dict[str, Fact] = {"line": line.in_file, "text": line.text}
            yield Finding("order", (line.proof,), facts, "scheduler")
            return


def non_leaf_grad(run: Run) -> Iterator[Finding]:
    """The `.grad` of a tensor was read that is no leaf: no pass fills it."""
    for line in run.lines:
        source = line.source
        if source is None:
            continue
        compared = _compared(source)
        for call in source.calls_of("grad"):
            node = call.node
            if not isinstance(node, ast.Attribute):
                continue
            name = recorded(node.value)
            tensor = before(line, name)
            if tensor is None or tensor.is_leaf or tensor.retains_grad or tensor.grad is not None:
                continue
            facts: dict[str, Fact] = {"name": name, "line": line.in_file, "text": line.text}
            certainty: Certainty = "note" if node in compared else "finding"
            about = (name, f"{name}.grad")
            yield Finding("non-leaf-grad", (line.proof,), facts, "", certainty, about)


def _compared(source: SourceLine) -> set[ast.AST]:
    """What the line only compares: `if t.grad is not None`."""
    compares = (node for node in source.nodes if isinstance(node, ast.Compare))
    return {each for node in compares for each in (node.left, *node.comparators)}


def checkpoint(run: Run) -> Iterator[Finding]:
    """A reentrant checkpoint of a block whose parameters require grad, and its inputs do not."""
    for line in run.lines:
        calls = line.source.calls_of(*_CHECKPOINTS) if line.source is not None else ()
        call = next(iter(calls), None)
        if not line.grad_mode or not _is_starving(line, call):
            continue
        block = call.arguments[0] if call is not None and call.arguments else None
        inside = tensors_of(line, block) if block is not None else line.tensors_read()
        for inner in run.lines_in(line):
            inside |= inner.tensors_read()
        everything = line.trace.state(line.index).tensors  # a block with a name elsewhere
        names = next(filter(None, (_starved(run, each) for each in (inside, everything))), ())
        if not names:
            continue
        text = recorded(block) if block is not None else line.text
        facts: dict[str, Fact] = {
            "line": line.in_file, "text": text, "name": spoken(names[0]),
        }  # fmt: skip
        about = tuple(each for name in names for each in (name, f"{name}.grad"))
        mend = _not_reentrant(line, call) if call is not None else None
        yield Finding("checkpoint", (line.proof,), facts, about=about, mend=mend)
        return


def _is_starving(line: Line, call: Call | None) -> bool:
    """Whether a checkpoint passes nothing on. torch warns of it, but may do so only once."""
    if _warns(line, "None of the inputs have requires_grad=True"):
        return True
    made = line.tensors_made().values() if call is not None else ()
    is_reentrant = call is not None and call.is_true("use_reentrant")
    return is_reentrant and bool(made) and not any(each.requires_grad for each in made)


def _starved(run: Run, tensors: Mapping[str, Tensor]) -> list[str]:
    return [name for name, each in tensors.items() if _is_starved(run, each)]


def _is_starved(run: Run, tensor: Tensor) -> bool:
    """Whether a parameter requires grad and has no gradient, to the end."""
    story = run.stories.get(tensor.identity or 0, ())
    return (
        bool(story)
        and tensor.requires_grad
        and tensor.is_leaf
        and not any(each.tensor.grad for each in story)
    )


def _not_reentrant(line: Line, call: Call) -> Mend | None:
    value = call.keyword("use_reentrant")
    return replaced(line, value, "False") if value is not None else None


def cycle(run: Run) -> Iterator[Finding]:
    """A pass left gradients with a graph, which holds the parameters: a note where earlier ones
    were taken away before the next pass, and the last one stays."""
    opened: set[tuple[int, int]] = set()
    """Lines whose earlier gradients were taken away."""
    left: list[Finding] = []
    for each in run.passes:
        if each.ended.function != "backward" or not each.ended.create_graph:
            continue
        place = each.trace.step, each.line.number
        for leaf, at in each.leaves().items():
            moment = Moment(each.trace.step, at)
            tensor = run.at(leaf, moment)
            if tensor is None or tensor.grad is None or tensor.grad.grad_fn is None:
                continue
            name = run.names.get(leaf, "a leaf")
            facts: dict[str, Fact] = {"line": each.line.in_file, "name": spoken(name)}
            about = (name, f"{name}.grad")
            found = Finding("cycle", (each.line.proof,), facts, about=about)
            later = run.changes(leaf, moment, END)
            if any(now.grad is None or now.grad.grad_fn is None for _, now in later):
                opened.add(place)
            elif place in opened:
                left.append(found._replace(form="cleared", certainty="note"))
            else:
                yield found
                return
    yield from left[:1]


def _warns(line: Line, part: str) -> bool:
    evidence = line.snapshot.evidence
    return evidence is not None and any(part in each.message for each in evidence.warned)


_CHECKPOINTS = ("checkpoint", "checkpoint_sequential")


RULES: tuple[Rule, ...] = (schedule, non_leaf_grad, checkpoint, cycle)
