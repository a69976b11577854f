"""Train and eval: modules that are in one of them where the other is meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from autograd_tutor.analysis.diagnosis.called import calls_module
from autograd_tutor.analysis.diagnosis.fills import fills, is_used
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding
from autograd_tutor.analysis.diagnosis.measured import is_measured
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import END, Line, Moment, Run, RunPass, spoken
from autograd_tutor.analysis.diagnosis.source import written

_STATISTICS = ".running_mean"
_COUNTER = ".num_batches_tracked"
_COPIES = ("CloneBackward0", "ToCopyBackward0")
_LOOKED_AT = 4
"""Executions of a line that are looked at; what they have in common is what the line does."""
_SOON = 40
"""Moments after a line in which what it has made may be detached."""
_MOST_LOOKED_AT = 20
"""Updates of statistics that are looked at: most are like the first."""


def eval_mode(run: Run) -> Iterator[Finding]:
    """A batch norm updated its statistics while grad mode was off: its module still trains."""
    note, looked_at = None, 0
    updating: dict[int, list[Line]] = defaultdict(list)
    for line in run.lines:
        if line.source is not None and "update_bn" in line.source.called:
            updating[line.trace.step].append(line)
    for line in run.lines:
        if line.grad_mode:
            continue
        for name in line.snapshot.tensors:
            module = name.removesuffix(_STATISTICS)
            if module == name or not _was_called_once(line, module):
                continue
            training = line.trace.training(line.index)
            source = line.source
            if not training.get(module, False) or source is None:
                continue
            if any(each.since <= line.index <= each.index for each in updating[line.trace.step]):
                continue
            following = run.next_pass(line.moment)
            if looked_at >= _MOST_LOOKED_AT or is_target(run, line, following):
                continue
            looked_at += 1
            root = outermost(training, name)
            # `loss(net(x))`: what the arguments did is recorded with the function's first line.
            line = _calling(run, line)
            facts: dict[str, Fact] = {
                "name": spoken(name), "module": spoken(root), "line": line.in_file,
                "text": line.text,
            }  # fmt: skip
            source = line.source or source
            # A call whose result nobody takes is there for the statistics, and samples of a
            # generator are made as in training (DCGAN).
            is_meant = (
                _is_call(source.statement, root)
                or not _learns(line, root)
                or not is_measured(run, line, following.line.moment if following else END)
            )
            certainty: Certainty = "note" if is_meant else "suspicion"
            found = Finding("eval-mode", (line.proof,), facts, "train", certainty, (name, root))
            if not is_meant:
                yield found
                return
            note = note or found
    if note is not None:
        yield note


def _calling(run: Run, line: Line) -> Line:
    """A line, or the one that called its function, if only that calls a module."""
    if calls_module(line):
        return line
    caller = run.around(line)
    return caller if caller is not None and calls_module(caller) else line


def is_target(run: Run, line: Line, following: RunPass | None) -> bool:
    """Whether the next pass begins at something that was computed with what a line has made."""
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
        roots = [each for each in roots if not _is_copy(run, each)]
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
        certainty: Certainty = "note" if _trains_too(run, first) else "suspicion"
        proofs = (first.proof, second.proof)
        yield Finding("eval-mode", proofs, facts, "graph", certainty, (module,))
        return


def _trains_too(run: Run, line: Line) -> bool:
    """Whether its function is one for both: with an optimizer it makes passes, and none without."""
    function = line.snapshot.function
    if not function or all(each.line.snapshot.function != function for each in run.passes):
        return False
    return any(
        each.number == line.number and each.trace is line.trace and each.grad_mode
        and all(each.trace.training(each.index).values())
        for each in run.lines
    )  # fmt: skip


def _is_copy(run: Run, number: int) -> bool:
    """Whether a node has copied a leaf: a backup of weights is no evaluation."""
    node = run.nodes[number]
    behind = [run.nodes[edge[0]] for edge in node.next if edge is not None]
    return node.name in _COPIES and all(each.leaf is not None for each in behind)


def _evaluating(run: Run, training: Mapping[str, bool], roots: list[int]) -> str:
    """The module in eval mode that graphs lead to, if they lead to no other."""
    names = [run.names.get(leaf, "") for leaf in run.leaves_behind(roots)] if roots else []
    modules = [name.rpartition(".")[0] for name in names]
    if not modules or any(training.get(each) is not False for each in modules):
        return ""
    return outermost(training, names[0])


def _is_detached(run: Run, line: Line) -> bool:
    """Whether a line around it or after it takes what it has made without its graph."""
    made = {each.identity for each in line.tensors_made().values()}
    step = line.trace.step
    soon = run.lines_between(line.moment, Moment(step, line.index + _SOON))
    for later in (line, *soon):
        for call in later.source.calls_of("detach", "data") if later.source is not None else ():
            tensor = later.before(call.on)
            # `net(x).detach()`, where the line is one of `forward`.
            is_around = later.since <= line.index and isinstance(call.receiver, ast.Call)
            if is_around or (tensor is not None and tensor.identity in made):
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
