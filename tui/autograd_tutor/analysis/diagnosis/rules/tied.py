"""One parameter under two names."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.modes import outermost
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.diagnosis.source import names_in, set_by, written
from autograd_tutor.recording.local_names import local_prefix

_LISTS = ("Sequential", "ModuleList")


def tied(run: Run) -> Iterator[Finding]:
    """A module has one parameter twice: it is listed once, and its gradient is the sum."""
    for trace in run.traces:
        training = trace.training(len(trace) - 1)
        names: dict[tuple[str, int], str] = {}
        for name, tensor in trace.state(len(trace) - 1).tensors.items():
            root = outermost(training, name) if tensor.kind == "parameter" else ""
            if not root or tensor.identity is None or "[" in name[len(root) :]:
                continue
            first = names.setdefault((root, tensor.identity), name)
            line = run.maker(tensor.identity)
            if first != name and line is not None:
                facts: dict[str, Fact] = {
                    "first": spoken(first),
                    "second": spoken(name),
                    "line": line.in_file,
                }
                yield Finding("tied", (line.proof,), facts, certainty="note", about=(first, name))
                return


def listed_twice(run: Run) -> Iterator[Finding]:
    """A list of layers has one module several times: `[layer] * 3`, or its name again."""
    for line in run.lines:
        source = line.source
        if source is None or source.called.isdisjoint(_LISTS):
            continue
        modules = line.trace.training(line.since - 1)
        before = line.trace.state(line.since - 1).tensors
        for call in source.calls_of(*_LISTS):
            name, count = _repeated(call.arguments)
            recorded = next((each for each in (name, _local(line, name)) if each in modules), None)
            tensors = [each for each in before if recorded and each.startswith(f"{recorded}.")]
            if recorded is None or not tensors:
                continue
            facts: dict[str, Fact] = {
                "name": name, "line": line.in_file, "list": call.name,
                "count": f"{count} times" if count else "several times",
            }  # fmt: skip
            about = (recorded, *tensors)
            yield Finding("tied", (line.proof,), facts, "listed", "note", about)
            return


def _repeated(arguments: tuple[ast.expr, ...]) -> tuple[str, int]:
    """What stands in a list of layers several times, and how often; 0 where that is not written."""
    given = arguments[0] if len(arguments) == 1 else None
    given = given.value if isinstance(given, ast.Starred) else given
    if isinstance(given, ast.BinOp) and isinstance(given.op, ast.Mult):
        parts, times = given.left, given.right
        if isinstance(parts, ast.List) and isinstance(times, ast.Constant) and parts.elts:
            return written(parts.elts[0]), int(times.value) if isinstance(times.value, int) else 0
    if isinstance(given, (ast.ListComp, ast.GeneratorExp)) and isinstance(given.elt, ast.Name):
        own = names_in(given.elt).isdisjoint(set_by(given.generators))
        return (given.elt.id, 0) if own else ("", 0)
    listed = given.elts if isinstance(given, (ast.List, ast.Tuple)) else list(arguments)
    names = Counter(written(each) for each in listed if isinstance(each, (ast.Name, ast.Attribute)))
    name, count = next(iter(names.most_common(1)), ("", 0))
    return (name, count) if count > 1 else ("", 0)


def _local(line: Line, name: str) -> str:
    return local_prefix(line.snapshot.function) + name if line.snapshot.function else name


RULES: tuple[Rule, ...] = (tied, listed_twice)
