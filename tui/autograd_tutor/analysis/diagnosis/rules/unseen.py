"""Parameters whose `.grad` stays None, where the way to them leads through code of other files."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, quoted
from autograd_tutor.analysis.diagnosis.held import Step, steps
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass, spoken
from autograd_tutor.analysis.imports import KNOWN
from autograd_tutor.analysis.loops import parsed

_FEWEST_STEPS = 2
"""Of the optimizer that waits for a gradient: one may come before all parts are used."""


def unseen(run: Run, passes: list[RunPass], never: dict[int, str]) -> Finding | None:
    """An optimizer holds what no pass reaches, of an object whose code was not recorded.

    `passes`: those that began at a result; `never`: leaves that got no gradient, with names.
    """
    by_optimizer: dict[str | None, list[Step]] = {}
    for step in steps(run):
        by_optimizer.setdefault(step.stepped.optimizer, []).append(step)
    for made in by_optimizer.values():
        waiting = [each for each in made[0].stepped.held if each in never]
        before = [each for each in passes if each.line.moment < made[0].line.moment]
        if len(made) < _FEWEST_STEPS or not waiting or not before:
            continue
        for line in lines_behind(run, before[-1].line):
            found = _found(line, set(waiting))
            if found is not None:
                leaf, module = found
                return _finding(line, before[-1], never[leaf], module)
    return None


def calls_unseen(line: Line) -> bool:
    """Whether a line calls something, and nothing that it calls was stepped into."""
    inner = line.trace.snapshots[line.since : line.index]
    calls = line.source is not None and bool(line.source.calls)
    return calls and not any(each.depth > line.snapshot.depth for each in inner)


def _finding(line: Line, run_pass: RunPass, leaf: str, module: str) -> Finding:
    root = next((root.name for root in run_pass.ended.roots if root.name), None)
    facts: dict[str, Fact] = {
        "leaf": spoken(leaf), "name": quoted(spoken(root or "")), "line": run_pass.line.in_file,
        "read": line.in_file, "text": line.text, "module": module,
    }  # fmt: skip
    proofs = line.proof, run_pass.line.proof
    about = (leaf, f"{leaf}.grad")
    return Finding("cut", proofs, facts, "unseen", "suspicion", about, mark=line.proof)


def _found(line: Line, waiting: set[int]) -> tuple[int, str] | None:
    """One of these leaves that a line read in an object of another file, which was not stepped
    into; and the module that the object's class was imported from."""
    if not calls_unseen(line):
        return None
    classes = imported_classes(line.trace.part(line.number).code) | imported_classes(
        line.trace.code
    )
    values = line.trace.state(line.index).values
    for name, tensor in line.tensors_read().items():
        if tensor.identity not in waiting:
            continue
        ends = [each.start() for each in re.finditer(r"[.\[]", name)]
        texts = (values.get(name[:end], "") for end in ends)
        kinds = (re.match(r"\w*", text) for text in texts)
        found = (classes.get(each.group(), "") for each in kinds if each)
        module = next(filter(None, found), None)
        if module is not None:
            return tensor.identity, module
    return None


@lru_cache(maxsize=16)
def imported_classes(code: str) -> dict[str, str]:
    """By name the things that code imports, or reads of what it imports, and from which module.

    Without those of Python, torch and numpy.
    """
    tree = parsed(code)
    modules: dict[str, str] = {}
    found: dict[str, str] = {}
    nodes = list(ast.walk(tree)) if tree is not None else []
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {each.name: node.module for each in node.names}
            modules |= {each.asname or each.name: node.module for each in node.names}
        elif isinstance(node, ast.Import):
            modules |= {each.asname or each.name: each.name for each in node.names}
    for node in nodes:
        if isinstance(node, ast.Attribute):
            owner = modules.get(ast.unparse(node.value))
            found |= {node.attr: owner} if owner is not None else {}
    return {name: each for name, each in found.items() if each.partition(".")[0] not in KNOWN}
