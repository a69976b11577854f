"""Runs as they would have failed: where a line raised what the script has caught."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import copy

from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.analysis.loops import parsed
from autograd_tutor.limits.interface import MOST_CAUGHT
from autograd_tutor.recording.model import Error


def caught(run: Run) -> Iterator[Run]:
    """The run up to each line that raised a RuntimeError which was caught, of a loop the first.

    What a test is to raise (`pytest.raises`) is none.
    """
    found: dict[tuple[int, int], Line] = {}
    for line in run.lines:
        evidence = line.snapshot.evidence
        if evidence is not None and evidence.raised and line.snapshot.error is None:
            found.setdefault((line.trace.step, line.number), line)
    failed = run.failure[0].moment if run.failure is not None else None
    for line in list(found.values())[:MOST_CAUGHT]:
        if line.moment != failed and not _is_meant(line):
            yield _failed_at(run, line)


def _failed_at(run: Run, line: Line) -> Run:
    evidence = line.snapshot.evidence
    message = evidence.raised if evidence is not None else ""
    found = copy(run)
    found.failure = line, Error("RuntimeError", message, line.number, "")
    found.passes = tuple(each for each in run.passes if each.line.moment <= line.moment)
    return found


def _is_meant(line: Line) -> bool:
    """Whether a `with` around the line says that it raises."""
    tree = parsed(line.trace.source)
    around = [
        item.context_expr
        for each in (ast.walk(tree) if tree is not None else ())
        if isinstance(each, ast.With) and each.lineno <= line.number <= (each.end_lineno or 0)
        for item in each.items
    ]
    calls = [each.func for each in around if isinstance(each, ast.Call)]
    return any("raises" in ast.unparse(each).lower() for each in calls)
