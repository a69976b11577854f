"""Layers that are made anew in each call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.fills import Fill, fills, moved
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.held import ever_held
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import END, Line, Moment, Run


class MadeAnew(NamedTuple):
    """A parameter that a line in a function makes when it runs."""

    leaf: int
    line: Line
    fill: Fill


def made_anew(run: Run, filled: Mapping[int, Sequence[Fill]]) -> list[list[MadeAnew]]:
    """By line the parameters that calls of a function have made, of lines that made several.

    They got one gradient, no optimizer ever held them, nothing changed them, and what was made
    before was gone when the next ones were made.
    """
    held = ever_held(run)
    by_line: dict[tuple[int, int], list[MadeAnew]] = defaultdict(list)
    for leaf, made in filled.items():
        is_lasting = leaf in held or len(made) > 1
        line = None if is_lasting else _making_line(run, leaf, made[0])
        if line is not None and moved(run, leaf, made[0].moment, END) is None:
            by_line[line.trace.step, line.number].append(MadeAnew(leaf, line, made[0]))
    return [
        each
        for each in by_line.values()
        if min(one.fill.moment for one in each) < max(one.line.moment for one in each)
        and _has_ended(each[0])
    ]


def _has_ended(made: MadeAnew) -> bool:
    """Whether the function that made a parameter was over when the pass began: else it is the
    function that uses it, as a trial with a model of its own does."""
    line, run_pass = made.line, made.fill.run_pass
    if line.trace is not run_pass.trace:
        return True
    between = run_pass.trace.snapshots[line.index + 1 : run_pass.line.index + 1]
    depth = line.snapshot.depth
    return any(each.depth < depth for each in between if each.backward is None)


def _making_line(run: Run, leaf: int, fill: Fill) -> Line | None:
    """The line of a function that has made a parameter, just before a pass reached it."""
    story = run.stories.get(leaf, ())
    if not story or story[0].tensor.kind != "parameter":
        return None
    numbers = fill.run_pass.nodes
    nodes = [number for number in numbers if number in run.nodes and run.nodes[number].leaf == leaf]
    found = [run.found[number] for number in nodes if number in run.found]
    line = run.line_of(min([story[0].moment, *found]))
    return line if line is not None and line.snapshot.depth and line.snapshot.function else None


def forward_layers(run: Run) -> Iterator[Finding]:
    """Each call makes layers of its own, whose parameters get one gradient and are gone."""
    for made in made_anew(run, fills(run)):
        first = made[0]
        second = next(each for each in made if each.line.moment != first.line.moment)
        lines: set[Moment] = {each.line.moment for each in made}
        facts: dict[str, Fact] = {
            "line": first.line.in_file, "text": first.line.text, "calls": len(lines),
            "function": first.line.snapshot.function, "pass": first.fill.run_pass.line.in_file,
        }  # fmt: skip
        proofs = (first.line.proof, first.fill.proof, second.line.proof)
        about = tuple(name for each in made if " " not in (name := run.names.get(each.leaf, " ")))
        yield Finding("forward-layers", proofs, facts, about=about[:1])


RULES: tuple[Rule, ...] = (forward_layers,)
