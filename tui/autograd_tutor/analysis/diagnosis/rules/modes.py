"""Train and eval: modules that are in one of them where the other is meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from autograd_tutor.analysis.diagnosis.called import caller_of, calls_module
from autograd_tutor.analysis.diagnosis.fills import fills, is_used
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, spoken
from autograd_tutor.analysis.diagnosis.source import written

_STATISTICS = ".running_mean"
_COUNTER = ".num_batches_tracked"
_LOOKED_AT = 4
"""Executions of a line that are looked at; what they have in common is what the line does."""


def eval_mode(run: Run) -> Iterator[Finding]:
    """A batch norm updated its statistics while grad mode was off: its module still trains."""
    for line in run.lines:
        if line.grad_mode:
            continue
        for name in line.snapshot.tensors:
            module = name.removesuffix(_STATISTICS)
            if module == name or not _was_called_once(line, module):
                continue
            training = line.trace.training(line.index)
            source = line.source
            if not training.get(module, False) or source is None or "update_bn" in source.called:
                continue
            if is_target(run, line):
                continue
            root = outermost(training, name)
            # `loss(net(x))`: what the arguments did is recorded with the function's first line.
            line = _calling(run, line)
            facts: dict[str, Fact] = {
                "name": spoken(name), "module": spoken(root), "line": line.in_file,
                "text": line.text,
            }  # fmt: skip
            source = line.source or source
            # A call whose result nobody takes is there for the statistics.
            is_meant = _is_call(source.statement, root) or not _learns(line, root)
            certainty: Certainty = "note" if is_meant else "suspicion"
            yield Finding("eval-mode", (line.proof,), facts, "train", certainty, (name, root))
            return


def _calling(run: Run, line: Line) -> Line:
    """A line, or the one that called its function, if only that calls a module."""
    if calls_module(run, line):
        return line
    caller = caller_of(run, line)
    return caller if caller is not None and calls_module(run, caller) else line


def is_target(run: Run, line: Line) -> bool:
    """Whether the next pass begins at something that was computed with what a line has made."""
    following = next((each for each in run.passes if each.line.moment > line.moment), None)
    behind = lines_behind(run, following.line) if following is not None else ()
    return any(each is line for each in behind)


def _is_call(statement: ast.AST, module: str) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Call) and written(value.func) == spoken(module)


def _learns(line: Line, module: str) -> bool:
    """Whether a module has a parameter that requires grad: the target of another has none."""
    tensors = line.trace.state(line.index).tensors
    return any(each.requires_grad and name.startswith(f"{module}.")
               for name, each in tensors.items())  # fmt: skip


def _was_called_once(line: Line, module: str) -> bool:
    """Whether a line called a batch norm once: statistics computed anew begin at 0 batches."""
    name = module + _COUNTER
    was, now = line.trace.tensor(line.since - 1, name), line.trace.tensor(line.index, name)
    first = was is not None and was.identity == (now.identity if now is not None else None)
    return first and was is not now


def eval_with_graph(run: Run) -> Iterator[Finding]:
    """Modules in eval mode make graphs, turn by turn, and no pass ever uses them."""
    seen: dict[tuple[int, int], list[tuple[Line, bool, str]]] = {}
    for line in run.lines:
        if line.moment > run.known_until:
            break
        place = line.trace.step, line.number
        if not line.grad_mode or len(seen.get(place, ())) >= _LOOKED_AT:
            continue
        training = line.trace.training(line.index)
        if all(training.values()):
            continue
        made = [each for each in line.tensors_made().values() if each.grad_fn is not None]
        roots = [each.grad_fn for each in made if each.grad_fn is not None]
        module = _evaluating(run, training, roots)
        if module:
            used = any(node in reached for node in roots for reached in run.reached)
            seen.setdefault(place, []).append((line, used, module))
    for lines in seen.values():
        if len(lines) < 2 or any(used for _, used, _ in lines) or _is_detached(run, lines[0][0]):
            continue
        (first, _, module), (second, _, _) = lines[:2]
        facts: dict[str, Fact] = {
            "module": spoken(module), "line": first.in_file, "text": first.text,
        }  # fmt: skip
        proofs = (first.proof, second.proof)
        yield Finding("eval-mode", proofs, facts, "graph", "suspicion", (module,))
        return


def _evaluating(run: Run, training: Mapping[str, bool], roots: list[int]) -> str:
    """The module in eval mode that graphs lead to, if they lead to no other."""
    names = [run.names.get(leaf, "") for leaf in run.leaves_behind(roots)] if roots else []
    modules = [name.rpartition(".")[0] for name in names]
    if not modules or any(training.get(each) is not False for each in modules):
        return ""
    return outermost(training, names[0])


def _is_detached(run: Run, line: Line) -> bool:
    """Whether a line after it in the same turn takes what it has made without its graph."""
    made = {each.identity for each in line.tensors_made().values()}
    after = Moment(line.trace.step, line.index)
    for later in run.lines_between(after, Moment(line.trace.step, line.index + 40)):
        for call in later.source.calls_of("detach", "data") if later.source is not None else ():
            tensor = later.before(call.on)
            if tensor is not None and tensor.identity in made:
                return True
    return False


def still_evaluating(run: Run) -> Iterator[Finding]:
    """A module trained in train mode, was switched to eval, and trains on without a switch back."""
    modes: dict[str, list[tuple[Line, bool]]] = {}
    for leaf, filled in fills(run).items():
        name = run.names.get(leaf, "")
        root = outermost(filled[0].run_pass.trace.training(filled[0].at), name)
        if not root or root in modes:
            continue
        modes[root] = [
            (each.run_pass.line, each.run_pass.trace.training(each.at).get(root, True))
            for each in filled
            if is_used(run, leaf, each)
        ]
    for root, states in modes.items():
        trains = [state for _, state in states]
        if not trains or trains != sorted(trains, reverse=True) or trains[0] == trains[-1]:
            continue
        first = states[trains.index(False)][0]
        switch = _switch(run, root, first.moment)
        if switch is None:
            continue
        tensors = first.trace.state(first.index).tensors
        has_statistics = any(
            each.startswith(f"{root}.") and each.endswith(_STATISTICS) for each in tensors
        )
        facts: dict[str, Fact] = {
            "module": spoken(root), "switch": switch.in_file, "line": first.in_file,
        }  # fmt: skip
        certainty: Certainty = "suspicion" if has_statistics else "note"
        proofs = (switch.proof, first.proof)
        yield Finding("eval-mode", proofs, facts, "still", certainty, (root,), mark=switch.proof)
        return


def _switch(run: Run, root: str, until: Moment) -> Line | None:
    """The last line until a moment that switched a module to eval."""
    found = None
    for line in run.lines:
        if line.moment > until:
            break
        evidence = line.snapshot.evidence
        if evidence is not None and evidence.training.get(root) is False:
            found = line
    return found


def outermost(training: Mapping[str, bool], name: str) -> str:
    """Of the modules that a name lies in the outermost: `net` of `net.1.weight`."""
    parts = name.split(".")
    wholes = (".".join(parts[:end]) for end in range(1, len(parts)))
    return next((each for each in wholes if each in training), "")


RULES: tuple[Rule, ...] = (eval_mode, eval_with_graph, still_evaluating)
