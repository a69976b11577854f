"""Cuts: ways from a loss to a parameter that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.cutting import cut_facts, cut_in, without
from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass

_NO_GRAPH = "does not require grad and does not have a grad_fn"


def no_grad_fn(run: Run) -> Iterator[Finding]:
    """A pass was asked for at a tensor without a graph: the line that cut it, if any did."""
    if run.failure is None or _NO_GRAPH not in run.failure[1].message:
        return
    line = run.failure[0]
    name = _root(line) or "the loss"
    facts: dict[str, Fact] = {"name": name, "line": line.in_file}
    cut = next((each for at in lines_behind(run, line) if (each := cut_in(run, at))), None)
    if cut is None:
        yield Finding("no-grad-fn", (line.proof,), facts, "nothing", about=(name,))
        return
    key, form = ("no-slope", "error") if cut.how in _WITHOUT_SLOPE else ("no-grad-fn", cut.how)
    yield Finding(
        key,
        (cut.line.proof, line.proof),
        facts | cut_facts(cut),
        form,
        about=(name, *cut.names, *cut.made),
        mark=cut.line.proof,
        mend=without(cut),
    )


def silenced(run: Run) -> Iterator[Finding]:
    """A pass that consists of the loss itself, a leaf that was made to require grad."""
    for run_pass in run.passes:
        roots = [root for root in run_pass.ended.roots if root.node is not None]
        node = run.nodes.get(roots[0].node or 0) if len(roots) == 1 else None
        if node is None or node.leaf is None or not _was_computed(run, node.leaf, run_pass):
            continue
        name = run.names.get(node.leaf, "the loss")
        silent = _silencing_line(run, node.leaf)
        cut = next(
            (each for at in lines_behind(run, run_pass.line) if (each := cut_in(run, at))), None
        )
        facts: dict[str, Fact] = {"name": name, "line": run_pass.line.in_file}
        facts["silent"] = silent.in_file if silent is not None else facts["line"]
        proofs = [each.line.proof for each in (cut,) if each is not None]
        proofs += [each.proof for each in (silent, run_pass.line) if each is not None]
        yield Finding(
            "silenced",
            tuple(proofs),
            facts | (cut_facts(cut) if cut is not None else {}),
            "cut" if cut is not None and cut.line is not silent else "",
            about=(name,),
            mark=silent.proof if silent is not None else None,
        )
        return


def _was_computed(run: Run, leaf: int, run_pass: RunPass) -> bool:
    """Whether a leaf is the result of a calculation: another tensor that requires grad is behind.

    To ask for the gradient of a leaf itself is odd, but no mistake.
    """
    story = run.stories.get(leaf, ())
    line = run.line_of(story[0].moment) if story else None
    if line is None:
        return False
    return any(
        tensor.requires_grad and tensor.identity != leaf
        for at in lines_behind(run, line)
        for tensor in at.tensors_read().values()
    )


def _silencing_line(run: Run, leaf: int) -> Line | None:
    """The line since which a tensor requires grad."""
    for change in run.stories.get(leaf, ()):
        if change.tensor.requires_grad:
            return run.line_of(change.moment)
    return None


_WITHOUT_SLOPE = ("place", "comparison", "integer")


def _root(line: Line) -> str:
    """The name of the tensor that a line asks for a pass at."""
    for call in line.source.calls_of("backward", "grad") if line.source else ():
        node = call.receiver if call.name == "backward" else next(iter(call.arguments), None)
        if call.name == "backward" and call.on == "torch.autograd":
            node = next(iter(call.arguments), None)
        if node is not None:
            return segment(line, node)
    return ""


RULES: tuple[Rule, ...] = (no_grad_fn, silenced)
