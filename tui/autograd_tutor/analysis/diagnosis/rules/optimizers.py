"""What an optimizer holds, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.chosen import chosen
from autograd_tutor.analysis.diagnosis.fills import Fill, asked, differs, fills, is_nonzero, moved
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding
from autograd_tutor.analysis.diagnosis.held import Step, ever_held, steps
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.forward_layers import made_anew
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, spoken


def not_held(run: Run) -> Iterator[Finding]:
    """Leaves that get gradients in each turn and that no step changes, as no optimizer has them.

    `old-params`: it has others, which no name stands for any more. `frozen-held`: it has frozen
    ones. `not-listed`: their module does not list them, or the list was made of another.
    """
    made = steps(run)
    if not made:
        return
    by_leaf, last = fills(run), made[-1]
    forgotten = _forgotten(run, by_leaf, made)
    if not forgotten:
        return
    old = _replaced(run, [each.leaf for each in forgotten], last)
    first = next((each for each in forgotten if each.leaf in old), forgotten[0])
    if old:
        key, form, certainty, other = "old-params", "", _CERTAIN, ""
        forgotten = [each for each in forgotten if each.leaf in old]
    else:
        key, form, certainty, other = _kind(run, last, first)
    names = [
        old[each.leaf].name if each.leaf in old else run.names[each.leaf]
        for each in forgotten
        if each.is_left_out == first.is_left_out
    ]
    filled = by_leaf[first.leaf][0]
    facts: dict[str, Fact] = {
        "name": spoken(names[0]),
        "names": _listed(names),
        "optimizer": last.spoken,
        "other": other,
        "line": filled.run_pass.line.in_file,
        "step": last.line.in_file,
    }
    replaced = old.get(first.leaf)
    facts["made"] = replaced.line.in_file if replaced is not None else 0
    before = (replaced.line.proof,) if replaced is not None else ()
    proofs = (*before, filled.proof, last.line.proof)
    mark = replaced.line.proof if replaced is not None else None
    yield Finding(key, proofs, facts, form, certainty, about=tuple(names), mark=mark)


_STATISTICS = ".running_mean"


class _Forgotten(NamedTuple):
    """A leaf that is waiting for a step."""

    leaf: int
    is_left_out: bool
    """Whether it seems to be meant."""


def _forgotten(run: Run, by_leaf: dict[int, list[Fill]], made: list[Step]) -> list[_Forgotten]:
    anew = (one.leaf for each in made_anew(run, by_leaf) for one in each)
    known = {*ever_held(run), *asked(run), *anew}
    waiting = [
        leaf
        for leaf in run.names
        if leaf not in known and leaf in by_leaf and _is_waiting(run, leaf, by_leaf[leaf], made)
    ]
    inside = chosen(run) if waiting else None
    found = [
        _Forgotten(
            leaf,
            _is_parameter(run, leaf)
            and ((inside is not None and leaf not in inside) or _is_evaluated(run, leaf, made[-1])),
        )
        for leaf in waiting
    ]
    return sorted(found, key=lambda each: each.is_left_out)


def _is_waiting(run: Run, leaf: int, filled: list[Fill], made: list[Step]) -> bool:
    """Whether a step came after a gradient, and nothing has ever changed the leaf.

    What is no parameter may be the data of one turn: it counts if the next turn has it, too.
    """
    tensor, first, last = run.at(leaf, filled[0].moment), filled[0].moment, made[-1].line.moment
    if tensor is None or not is_nonzero(tensor.grad) or moved(run, leaf, first, last) is not None:
        return False
    after = next((each.line.moment for each in made if each.line.moment > first), None)
    return after is not None and (_is_parameter(run, leaf) or filled[-1].moment > after)


def _is_evaluated(run: Run, leaf: int, last: Step) -> bool:
    """Whether the module of a parameter is in eval mode, as of a network that is only asked."""
    training = last.line.trace.training(last.line.index)
    return training.get(run.names[leaf].rpartition(".")[0]) is False


_CERTAIN: Certainty = "finding"


def _kind(run: Run, last: Step, first: _Forgotten) -> tuple[str, str, Certainty, str]:
    """Key, form, certainty, and what the optimizer has in the place of what it should have."""
    begun = Moment(last.line.trace.step, last.line.since - 1)
    held = [(each, run.at(each, begun)) for each in last.stepped.held]
    frozen = [run.names.get(each, "") for each, now in held if now and not now.requires_grad]
    if frozen and len(frozen) == len(held) and not last.stepped.changed:
        return "frozen-held", "", _CERTAIN, _listed(frozen)
    if not _is_parameter(run, first.leaf):
        return "not-listed", "leaf", "suspicion", ""
    if any(not each.tensor.requires_grad for each in run.stories[first.leaf]):
        return "not-listed", "unfrozen", "suspicion", ""
    if first.is_left_out or "[" not in run.names[first.leaf]:
        return "not-listed", "left-out", "note" if first.is_left_out else "suspicion", ""
    return "not-listed", "", "suspicion", ""


class _Replaced(NamedTuple):
    """A leaf that has the name of another one, which an optimizer holds."""

    name: str
    line: Line
    """Since when."""


def _replaced(run: Run, leaves: list[int], last: Step) -> dict[int, _Replaced]:
    """Of some leaves those whose names stood for a tensor that the optimizer still holds.

    By leaf its name, and the line since which that stands for it. Names by which the old tensor is
    still known (that of a loop over both) say nothing.
    """
    there = last.line.trace.state(last.line.index).tensors
    known = {each.identity for name, each in there.items() if " " not in name}
    gone = set(last.stepped.held) - known
    if not gone:
        return {}
    stood: dict[str, int] = {}
    """By name the tensor that it stood for last."""
    found: dict[int, _Replaced] = {}
    for trace in run.traces:
        for index, snapshot in enumerate(trace.snapshots):
            for name, tensor in snapshot.tensors.items():
                identity = tensor.identity
                if identity is None or " " in name or stood.get(name) == identity:
                    continue
                if stood.get(name) in gone and identity in leaves:
                    line = run.line_of(Moment(trace.step, index))
                    if line is not None:
                        found.setdefault(identity, _Replaced(name, line))
                stood[name] = identity
    return found


def frozen(run: Run) -> Iterator[Finding]:
    """A tensor that requires no grad, or whose gradient is 0, was changed by a step all the same.

    Momentum and weight decay do that.
    """
    for step in steps(run):
        begun = Moment(step.line.trace.step, step.line.since - 1)
        for leaf in step.stepped.changed:
            tensor = run.at(leaf, begun)
            if tensor is None or tensor.grad is None or tensor.requires_grad:
                continue
            name = run.names.get(leaf, "")
            facts: dict[str, Fact] = {
                "name": spoken(name), "line": step.line.in_file, "optimizer": step.spoken,
            }  # fmt: skip
            proofs = (step.line.proof,)
            yield Finding("frozen", proofs, facts, about=(name,))
            return


def statistics(run: Run) -> Iterator[Finding]:
    """A frozen batch norm, whose statistics go on changing, as its module still trains."""
    if not any(step.stepped.held for step in steps(run)):
        return
    for line in run.lines:
        for name, now in line.snapshot.tensors.items() if line.grad_mode else ():
            module = name.removesuffix(_STATISTICS)
            was = line.trace.tensor(line.since - 1, name) if module != name else None
            if was is None or was.identity != now.identity or not differs(was, now):
                continue
            weight = line.trace.tensor(line.index, f"{module}.weight")
            trains = line.trace.training(line.index).get(module, False)
            if weight is None or weight.requires_grad or not trains:
                continue
            facts: dict[str, Fact] = {
                "name": spoken(name), "module": spoken(module), "line": line.in_file,
            }  # fmt: skip
            about = (name, f"{module}.weight")
            yield Finding("frozen", (line.proof,), facts, "statistics", "note", about)
            return


def _is_parameter(run: Run, leaf: int) -> bool:
    story = run.stories.get(leaf, ())
    return bool(story) and story[-1].tensor.kind == "parameter"


def _listed(names: list[str]) -> str:
    shown = [f"`{spoken(name)}`" for name in names[:3]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


RULES: tuple[Rule, ...] = (not_held, frozen, statistics)
