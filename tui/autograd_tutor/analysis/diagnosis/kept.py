"""What nodes have kept for their passes, and which line changed it before they ran."""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass
from autograd_tutor.recording.evidence import Kept
from autograd_tutor.recording.local_names import local_prefix
from autograd_tutor.recording.model import Tensor


class Changed(NamedTuple):
    """A tensor that a node has kept, and that was changed afterwards."""

    kept: Kept
    name: str
    line: Line
    """The line that has changed it first."""
    version: int | None
    """Its version after that line."""


def changed_since(run: Run, kept: Kept, until: Moment, silently: bool = False) -> Changed | None:
    """The first change of what a node has kept; `silently`: one that its version does not count."""
    begun = _made_at(run, kept.node)
    for identity in _tensors(run, kept):
        was = run.at(identity, begun)
        for change in run.changes(identity, begun, until):
            if was is not None and _is_change(was, change.tensor, kept, silently):
                line = run.line_of(change.moment)
                name = _name_at(run, line, identity) if line is not None else ""
                if line is not None and name:
                    return Changed(kept, name, line, change.tensor.version)
    return None


def _name_at(run: Run, line: Line, identity: int) -> str:
    """The name of a tensor when a line ran: the one that it has otherwise, if it had that then."""
    name = run.names.get(identity, "")
    tensors = line.trace.state(line.index).tensors
    if not name or name in tensors:
        return name
    own = local_prefix(line.snapshot.function) if line.snapshot.function else ""
    local = (e for e, one in tensors.items() if one.identity == identity and e.startswith(own))
    return next(local, name)


def changed_at_once(run: Run, kept: Kept) -> Changed | None:
    """What the very line that made a node has changed afterwards: `x.relu_().add_(1)`.

    Without a name where no variable stands for it: what one layer gives to the next.
    """
    line = run.line_of(_made_at(run, kept.node))
    if kept.version is not None or line is None:
        return None
    names = [name for each in _tensors(run, kept) if (name := _name_at(run, line, each))]
    return Changed(kept, names[0] if names else "", line, None)


def _is_change(was: Tensor, now: Tensor, kept: Kept, silently: bool) -> bool:
    if silently:
        return now.version == was.version == kept.version and looks(now) != looks(was)
    return now.version is not None and kept.version is not None and now.version > kept.version


def failed_pass(run: Run) -> RunPass | None:
    """The pass whose failure ended a step."""
    return next((each for each in reversed(run.passes) if each.ended.failed is not None), None)


def _made_at(run: Run, node: int) -> Moment:
    """When a node was found first."""
    return run.found.get(node, Moment(-1, -1))


def _tensors(run: Run, kept: Kept) -> list[int]:
    """The tensors that what was kept may be: the very one, else those in its memory."""
    if kept.identity is not None:
        return [kept.identity]
    own = [run.outputs[kept.node]] if kept.node in run.outputs else []
    return own + list(run.by_storage.get(kept.storage or 0, ()))
