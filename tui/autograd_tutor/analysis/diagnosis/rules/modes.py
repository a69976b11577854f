"""Grad mode, inference mode, train and eval."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run

_STATISTICS = ".running_mean"


def eval_mode(run: Run) -> Iterator[Finding]:
    """A batch norm updated its statistics while grad mode was off: its module still trains."""
    for line in run.lines:
        if line.grad_mode:
            continue
        for name in line.snapshot.tensors:
            module = name.removesuffix(_STATISTICS)
            if module == name or line.before(name) is None:
                continue
            root = module.split(".")[0]
            if not line.trace.training(line.index).get(module, False):
                continue
            source = line.source
            if source is None or root not in source.reads or not source.called & {root}:
                continue  # statistics that are computed anew on purpose: `update_bn(loader, model)`
            if _is_target(run, line):
                continue
            facts: dict[str, Fact] = {
                "name": name, "module": root, "line": line.in_file, "text": line.text,
            }  # fmt: skip
            yield Finding("eval-mode", (line.proof,), facts, "train", "suspicion", (name, root))
            return


def _is_target(run: Run, line: Line) -> bool:
    """Whether the next pass begins at something that was computed with what a line has made."""
    following = next((each for each in run.passes if each.line.moment > line.moment), None)
    behind = lines_behind(run, following.line) if following is not None else ()
    return any(each is line for each in behind)


def eval_with_graph(run: Run) -> Iterator[Finding]:
    """A module in eval mode makes graphs, turn by turn, and no pass ever uses them."""
    seen: dict[tuple[int, int], list[Line]] = {}
    for line in run.lines:
        source = line.source
        if source is None or not line.grad_mode or line.moment > run.known_until:
            continue
        training = line.trace.training(line.index)
        modules = [name for name in source.called if training.get(name) is False]
        made = [tensor for tensor in line.tensors_made().values() if tensor.grad_fn is not None]
        if modules and made and not any(_is_used(run, each.grad_fn or 0) for each in made):
            lines = seen.setdefault((line.trace.step, line.number), [])
            if lines and _trains_in_eval(run, modules[0], lines[-1], line):
                lines.clear()  # gradients of inputs are what it is about, as of attacks
            lines.append(line)
            if len(lines) == 2:
                facts: dict[str, Fact] = {
                    "module": modules[0], "line": line.in_file, "text": line.text,
                }  # fmt: skip
                proofs = (lines[0].proof, line.proof)
                yield Finding("eval-mode", proofs, facts, "graph", "suspicion", (modules[0],))
                return


def _trains_in_eval(run: Run, module: str, first: Line, last: Line) -> bool:
    """Whether passes were made between two lines while a module was in eval mode."""
    return any(
        first.moment < each.line.moment < last.moment
        and each.trace.training(each.line.index).get(module) is False
        for each in run.passes
    )


def _is_used(run: Run, node: int) -> bool:
    """Whether a pass began at the node or behind one that was made from it."""
    return any(node in reached for reached in run.reached)


def by_warning(run: Run) -> Iterator[Finding]:
    """What torch itself warns of: once, in the middle of all that a script prints."""
    seen: set[str] = set()
    for line in run.lines:
        evidence = line.snapshot.evidence
        for warned in evidence.warned if evidence is not None else ():
            for part, key, form in _WARNINGS:
                if part in warned.message and key not in seen:
                    seen.add(key)
                    facts: dict[str, Fact] = {"line": line.in_file, "text": line.text}
                    certainty: Certainty = "finding"
                    if key == "cycle" and not _has_grads_with_graph(run):
                        certainty = "note"
                    yield Finding(key, (line.proof,), facts, form, certainty)


def _has_grads_with_graph(run: Run) -> bool:
    """Whether a gradient has a graph in the end: else each was set to None, or anew."""
    last = [story[-1].tensor for story in run.stories.values()]
    return any(each.grad is not None and each.grad.grad_fn is not None for each in last)


_WARNINGS = (
    (
        ".grad attribute of a Tensor that is not a leaf Tensor is being accessed",
        "non-leaf-grad",
        "",
    ),
    ("None of the inputs have requires_grad=True", "checkpoint", ""),
    ("will create a reference cycle", "cycle", ""),
    ("Detected call of `lr_scheduler.step()` before `optimizer.step()`", "order", "scheduler"),
)
"""Parts of warnings, and the keys and forms they belong to."""

RULES: tuple[Rule, ...] = (eval_mode, eval_with_graph, by_warning)
