"""What the sandbox has refused to a lesson, in words."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.messages import _
from autograd_tutor.recording.kinds import Refused
from autograd_tutor.recording.model import Error, StepResult

_MAY_NOT: dict[Refused, str] = {
    "network": _("use the network"),
    "programs": _("start other programs"),
    "processes": _("start processes, or share memory with them (num_workers has to be 0)"),
    "signals": _("signal other processes"),
    "reading": _("read files outside of its folder"),
    "writing": _("write files, except temporary ones"),
    "changing": _("change who may use a file, or its times"),
}
_OTHER = _("The system refused this, maybe because of the sandbox.")
_WITHOUT = _("It is sandboxed; --no-sandbox opens it without.")

SANDBOXED = _("Sandboxed: no network, programs or files of yours. --no-sandbox goes without.")
"""About a lesson that has just been opened."""


def unprotected(why: str) -> str:
    """About a lesson of somebody else that runs without a sandbox."""
    return _("Not sandboxed: {why}. What it runs has your rights.").format(why=why)


def refused_by(kinds: Iterable[Refused]) -> str:
    """What a lesson may not do, in sentences; `` where nothing was refused."""
    found = list(dict.fromkeys(kinds))
    certain = [
        _("This lesson may not {may_not}.").format(may_not=_MAY_NOT[kind])
        for kind in found
        if kind != "other"
    ]
    return " ".join(certain) if certain else _OTHER if found else ""


def refused_in(result: StepResult) -> str:
    """The same of a step that has ended, what it raised first."""
    return _with_way_out(refused_by([*_kinds(result.error), *result.refused]))


def refused_with(error: Error) -> str:
    """The same of what was raised."""
    return _with_way_out(refused_by(_kinds(error)))


def _with_way_out(text: str) -> str:
    return f"{text} {_WITHOUT}" if text else ""


def _kinds(error: Error | None) -> list[Refused]:
    return [] if error is None or error.refused is None else [error.refused]
