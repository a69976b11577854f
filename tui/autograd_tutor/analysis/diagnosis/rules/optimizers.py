"""What an optimizer holds, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.fills import Fill, fills, is_nonzero, moved
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
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
    by_leaf, held, last = fills(run), ever_held(run), made[-1]
    forgotten = [
        leaf
        for leaf, filled in by_leaf.items()
        if leaf not in held and leaf in run.names and _is_waiting(run, leaf, filled, made)
    ]
    if not forgotten:
        return
    key, other = _kind(run, last)
    names = [run.names[leaf] for leaf in forgotten]
    filled = by_leaf[forgotten[0]][0]
    facts: dict[str, Fact] = {
        "name": names[0],
        "names": _listed(names),
        "optimizer": last.name,
        "other": other,
        "line": filled.run_pass.line.in_file,
        "step": last.line.in_file,
    }
    yield Finding(
        key,
        (filled.proof, last.line.proof),
        facts,
        "" if key != "not-listed" or _is_parameter(run, forgotten[0]) else "leaf",
        certainty="finding" if key == "old-params" else "suspicion",
        about=tuple(names),
    )


def _is_waiting(run: Run, leaf: int, filled: list[Fill], made: list[Step]) -> bool:
    """Whether a step came after a gradient, and nothing has ever changed the leaf."""
    tensor = run.at(leaf, filled[0].moment)
    if tensor is None or not is_nonzero(tensor.grad):
        return False
    after = [each for each in made if each.line.moment > filled[0].moment]
    last = made[-1].line.moment
    return bool(after) and moved(run, leaf, filled[0].moment, last) is None


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
