"""Which tensors an optimizer was to be given, as the lines that made it say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.analysis.diagnosis.source import Call, SourceLine

_LISTS = ("parameters", "named_parameters")
_INDEX = re.compile(r"\[(\d+)\]")


def chosen(run: Run) -> frozenset[int] | None:
    """All tensors inside of the modules whose `parameters()` the optimizers were made of.

    What lies inside of such a module and is not held was forgotten; what lies outside was left out
    on purpose (`SGD(model.head.parameters())`). None where no such call was seen.
    """
    found: set[int] = set()
    lists: dict[str, Line] = {}
    """By name the line that last set a variable with the result of such a call."""
    for line in run.lines:
        source, evidence = line.source, line.snapshot.evidence
        if source is None:
            continue
        if _calls(source):
            lists |= dict.fromkeys(source.sets, line)
        if evidence is not None and evidence.optimizers:
            for each in (line, *[lists[name] for name in source.reads if name in lists]):
                found.update(_tensors(each))
    return frozenset(found) if found else None


def _tensors(line: Line) -> Iterator[int]:
    for call in _calls(line.source) if line.source is not None else ():
        # A part of an nn.Sequential is called `model.0`, whatever the code writes.
        for name in (call.on, _INDEX.sub(r".\1", call.on)):
            for tensor in line.tensors_of(name).values():
                if tensor.identity is not None:
                    yield tensor.identity


def _calls(source: SourceLine) -> list[Call]:
    return list(source.calls_of(*_LISTS)) if source.called.intersection(_LISTS) else []
