"""What an optimizer holds, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.chosen import chosen
from autograd_tutor.analysis.diagnosis.fills import Fill, asked, fills, is_nonzero, moved
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding
from autograd_tutor.analysis.diagnosis.held import Step, ever_held, steps
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Moment, Run


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
    first = forgotten[0]
    key, other = _kind(run, last)
    form = "" if key != "not-listed" or _is_parameter(run, first.leaf) else "leaf"
    certainty: Certainty = "finding" if key == "old-params" else "suspicion"
    if key == "not-listed" and first.is_left_out:
        form, certainty = "left-out", "note"
    names = [run.names[each.leaf] for each in forgotten if each.is_left_out == first.is_left_out]
    filled = by_leaf[first.leaf][0]
    facts: dict[str, Fact] = {
        "name": names[0],
        "names": _listed(names),
        "optimizer": last.name,
        "other": other,
        "line": filled.run_pass.line.in_file,
        "step": last.line.in_file,
    }
    proofs = (filled.proof, last.line.proof)
    yield Finding(key, proofs, facts, form, certainty, about=tuple(names))


class _Forgotten(NamedTuple):
    """A leaf that is waiting for a step."""

    leaf: int
    is_left_out: bool
    """Whether it seems to be meant."""


def _forgotten(run: Run, by_leaf: dict[int, list[Fill]], made: list[Step]) -> list[_Forgotten]:
    known = ever_held(run) | asked(run)
    waiting = [
        leaf
        for leaf in run.names
        if leaf not in known and leaf in by_leaf and _is_waiting(run, leaf, by_leaf[leaf], made)
    ]
    inside = chosen(run) if waiting else None
    found = [
        _Forgotten(
            leaf,
            (inside is not None and leaf not in inside) or _is_evaluated(run, leaf, made[-1]),
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


def _kind(run: Run, last: Step) -> tuple[str, str]:
    """What the optimizer has in the place of what it should have."""
    begun = Moment(last.line.trace.step, last.line.since - 1)
    held = [(each, run.at(each, begun)) for each in last.stepped.held]
    frozen = [run.names.get(each, "") for each, now in held if now and not now.requires_grad]
    if frozen and len(frozen) == len(held):
        return "frozen-held", _listed(frozen)
    names = last.line.trace.state(last.line.index).tensors
    there = {each.identity for name, each in names.items() if " " not in name}
    gone = [each for each in last.stepped.held if each not in there]
    if gone and len(gone) == len(last.stepped.held):
        return "old-params", run.names.get(gone[0], "tensors without a name")
    return "not-listed", ""


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
                "name": name, "line": step.line.in_file, "optimizer": step.name,
            }  # fmt: skip
            proofs = (step.line.proof,)
            yield Finding("frozen", proofs, facts, about=(name,))
            return


def _is_parameter(run: Run, leaf: int) -> bool:
    story = run.stories.get(leaf, ())
    return bool(story) and story[-1].tensor.kind == "parameter"


def _listed(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:3]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


RULES: tuple[Rule, ...] = (not_held, frozen)
