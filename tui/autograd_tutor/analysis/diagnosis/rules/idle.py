"""Leaves that an optimizer holds, and that no loss is computed from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograd_tutor.analysis.diagnosis.finding import Finding, quoted
from autograd_tutor.analysis.diagnosis.held import Step, steps
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass, spoken
from autograd_tutor.analysis.diagnosis.source import source_line
from autograd_tutor.limits.interface import MOST_LINES_BACK

_FEWEST_STEPS = 2
"""Of the optimizer that waits for a gradient: one may come before all parts are used."""


def idle(run: Run, passes: list[RunPass], never: dict[int, str]) -> Finding | None:
    """An optimizer holds a leaf that no line behind a pass between its steps has read.

    `passes`: those that began at a result; `never`: leaves that got no gradient, with names. One
    that code reads which did not run is none: a branch may come to it.
    """
    by_optimizer: dict[str | None, list[Step]] = {}
    for step in steps(run):
        by_optimizer.setdefault(step.stepped.optimizer, []).append(step)
    for made in by_optimizer.values():
        since, until = made[0].line.moment, made[-1].line.moment
        between = [each for each in passes if since < each.line.moment < until]
        waiting = [each for each in made[0].stepped.held if each in never]
        if len(made) < _FEWEST_STEPS or not waiting or not between:
            continue
        behind = list(lines_behind(run, between[-1].line))
        if len(behind) > MOST_LINES_BACK:
            continue
        behind = [each for each in behind if each.moment > since]
        for leaf in waiting:
            name = never[leaf]
            if not any(_reads(run, line, leaf) for line in behind) and not _may_read(run, name):
                return _finding(made[-1], between[-1], name)
    return None


def _finding(step: Step, run_pass: RunPass, leaf: str) -> Finding:
    root = next((root.name for root in run_pass.ended.roots if root.name), None)
    return Finding(
        "cut",
        (run_pass.line.proof, step.line.proof),
        {
            "leaf": spoken(leaf), "name": quoted(spoken(root or "")),
            "line": run_pass.line.in_file, "step": step.line.in_file,
        },
        "idle",
        "note",
        about=(leaf, f"{leaf}.grad"),
    )  # fmt: skip


def _reads(run: Run, line: Line, leaf: int) -> bool:
    """Whether a line reads a leaf: by itself, or in a module whose own code was not recorded."""
    names = [name for name, each in line.tensors_read().items() if each.identity == leaf]
    functions = {each.snapshot.function for each in run.lines_in(line)}
    if not functions:
        return bool(names)
    values = line.trace.state(line.index).values
    return not all(_is_recorded(name, values, functions) for name in names)


def _is_recorded(name: str, values: Mapping[str, str], functions: set[str]) -> bool:
    """Whether lines were recorded of the `forward` of the module that holds a parameter."""
    owners = [name[: each.start()] for each in re.finditer(r"[.\[]", name)]
    kinds = [re.match(r"\w*", values.get(each, "")) for each in owners]
    return any(kind is not None and f"{kind.group()}.forward" in functions for kind in kinds)


def _may_read(run: Run, name: str) -> bool:
    """Whether code that did not run has the name of a leaf, or of the module that it is in."""
    words = re.findall(r"[A-Za-z_]\w*", spoken(name))
    own = set(words[1:-1] or words[-1:])
    for trace in run.traces:
        ran = {each.line for each in trace.snapshots}
        count = trace.source.count("\n") + 1
        others = (source_line(trace.source, at) for at in range(1, count + 1) if at not in ran)
        nodes = (node for each in others if each is not None for node in each.nodes)
        if any(getattr(node, "attr", getattr(node, "id", None)) in own for node in nodes):
            return True
    return False
