"""Cuts: ways from a loss to a parameter that lead nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.cutting import (
    WITHOUT_SLOPE,
    Cut,
    cut_facts,
    cut_in,
    leaves_behind,
    without,
)
from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.fills import asked, fills
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, quoted
from autograd_tutor.analysis.diagnosis.gradients import create_graph, gradient_in
from autograd_tutor.analysis.diagnosis.held import ever_held
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.unseen import calls_unseen
from autograd_tutor.analysis.diagnosis.run import Change, Line, Moment, Run, RunPass, spoken
from autograd_tutor.recording.model import Node

NO_GRAPH = "does not require grad and does not have a grad_fn"


def no_grad_fn(run: Run) -> Iterator[Finding]:
    """A pass was asked for at a tensor without a graph: the line that cut it, if any did."""
    if run.failure is None or NO_GRAPH not in run.failure[1].message:
        return
    line = run.failure[0]
    name = _root(line)
    facts: dict[str, Fact] = {"name": quoted(name), "line": line.in_file}
    filled, chosen = fills(run), _cut_of_held(run, line)
    for at in (chosen.line,) if chosen is not None else lines_behind(run, line):
        cut = chosen or cut_in(run, at)
        gradient = gradient_in(run, at, filled) if cut is None else None
        if cut is not None:
            key = "no-slope" if cut.how in WITHOUT_SLOPE else "no-grad-fn"
            form = "error" if cut.how in WITHOUT_SLOPE else cut.how
            proofs = cut.line.proof, line.proof
            about = (name, *cut.names, *cut.made)
            facts |= cut_facts(cut)
            yield Finding(key, proofs, facts, form, about=about, mark=proofs[0], mend=without(cut))
            return
        if gradient is not None:
            facts |= {"first": gradient.line.in_file, "text": gradient.line.text}
            form = "" if gradient.ended.function == "grad" else "backward"
            proofs = gradient.line.proof, line.proof
            mend = None if form else create_graph(gradient)
            yield Finding(
                "no-create-graph", proofs, facts, form, about=(name,), mark=proofs[0], mend=mend
            )
            return
    yield _without_leaves(run, line, name, facts)


def _cut_of_held(run: Run, line: Line) -> Cut | None:
    """The nearest line that cuts the way to what an optimizer holds: no target network, which is
    cut off on purpose."""
    held = ever_held(run)
    cuts = (cut for at in lines_behind(run, line) if (cut := cut_in(run, at)) is not None)
    return next((cut for cut in cuts if held & leaves_behind(run, cut)), None) if held else None


def _without_leaves(run: Run, line: Line, name: str, facts: dict[str, Fact]) -> Finding:
    """Nothing behind a loss asks for gradients: leaves were frozen, or asked too late."""
    for at in lines_behind(run, line):
        for leaf, tensor in at.tensors_read().items():
            if tensor.requires_grad or not tensor.is_leaf:
                continue
            for change in run.stories.get(tensor.identity or 0, ()):
                if not change.tensor.requires_grad or change.moment > line.moment:
                    continue
                late = change.moment > at.moment
                since = run.line_of(change.moment if late else _frozen_at(run, change))
                if since is None:
                    continue
                facts |= {"of": spoken(leaf), "made": at.in_file, "since": since.in_file}
                proofs = (at.proof, since.proof) if late else (since.proof, at.proof)
                return Finding(
                    "no-grad-fn", (*proofs, line.proof), facts, "late" if late else "frozen",
                    about=(name, leaf), mark=since.proof,
                )  # fmt: skip
    for held in sorted(ever_held(run)):
        now = run.at(held, line.moment)
        if now is not None and not now.requires_grad and held in run.names:
            facts["of"] = spoken(run.names[held])
            about = (name, run.names[held])
            return Finding("no-grad-fn", (line.proof,), facts, "held", about=about)
    return _unseen_cut(run, line, name, facts) or Finding(
        "no-grad-fn", (line.proof,), facts, "nothing", about=(name,)
    )


def _unseen_cut(run: Run, line: Line, name: str, facts: dict[str, Fact]) -> Finding | None:
    """What a line calls got something that requires grad, and gave back what does not: the cut is
    in code that was not recorded."""
    for at in lines_behind(run, line):
        read = [each for each, tensor in at.tensors_read().items() if tensor.requires_grad]
        made = at.tensors_made().values()
        if read and made and calls_unseen(at) and not any(each.requires_grad for each in made):
            facts |= {"of": spoken(read[0]), "made": at.in_file, "text": at.text}
            return Finding(
                "no-grad-fn", (at.proof, line.proof), facts, "unseen",
                about=(name, read[0]), mark=at.proof,
            )  # fmt: skip
    return None


def _frozen_at(run: Run, change: Change) -> Moment:
    """When a leaf that asked for gradients did no longer."""
    return next(
        (
            each.moment
            for each in run.stories[change.tensor.identity or 0]
            if each.moment > change.moment and not each.tensor.requires_grad
        ),
        change.moment,
    )


def silenced(run: Run) -> Iterator[Finding]:
    """A pass that ends at a leaf which was computed, and made to require grad: mostly the loss."""
    known = ever_held(run) | asked(run)
    """What an optimizer holds, or somebody wants the gradient of."""
    for run_pass in run.passes:
        roots = [root for root in run_pass.ended.roots if root.node is not None]
        node = run.nodes.get(roots[0].node or 0) if len(roots) == 1 else None
        if node is None or run_pass.ended.failed is not None:
            continue
        leaves = {*run_pass.leaves()} if node.leaf is None else {node.leaf}
        if not leaves or (node.leaf is None and leaves & known):
            continue
        if not all(_was_computed(run, each) for each in leaves):
            continue
        cut = _cut_of_held(run, run_pass.line)
        if cut is None and node.leaf is not None:
            cuts = (cut_in(run, at) for at in lines_behind(run, run_pass.line))
            cut = next(filter(None, cuts), None)
        if cut is not None or node.leaf is not None:
            yield _silenced(run, run_pass, min(leaves), cut, node)
            return


def _silenced(run: Run, run_pass: RunPass, leaf: int, cut: Cut | None, root: Node) -> Finding:
    name = run.names.get(leaf, "")
    silent = _silencing_line(run, leaf)
    facts: dict[str, Fact] = {"name": quoted(spoken(name)), "line": run_pass.line.in_file}
    facts["silent"] = silent.in_file if silent is not None else facts["line"]
    proofs = [each.line.proof for each in (cut,) if each is not None]
    proofs += [each.proof for each in (silent, run_pass.line) if each is not None]
    form = "" if cut is None else "copy" if cut.line is silent else "cut"
    return Finding(
        "silenced",
        tuple(proofs),
        facts | (cut_facts(cut) if cut is not None else {}),
        form if root.leaf is not None else f"middle-{form}",
        about=(name,),
        mark=silent.proof if silent is not None else None,
    )


def _was_computed(run: Run, leaf: int) -> bool:
    """Whether a leaf is the result of a calculation: another tensor that requires grad is behind.

    To ask for the gradient of a leaf itself is odd, but no mistake.
    """
    line = run.maker(leaf)
    return line is not None and any(
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


def _root(line: Line) -> str:
    """The expression that a line asks for a pass at."""
    for call in line.source.calls_of("backward", "grad") if line.source else ():
        if isinstance(call.node, ast.Call):
            is_method = call.name == "backward" and call.on != "torch.autograd"
            node = call.receiver if is_method else next(iter(call.arguments), None)
            if node is not None:
                return segment(line, node)
    return ""


RULES: tuple[Rule, ...] = (no_grad_fn, silenced)
