"""What the sandbox has refused to a lesson, in words."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.recording.kinds import Refused
from autograd_tutor.recording.model import Error, StepResult

_MAY_NOT: dict[Refused, str] = {
    "network": "use the network",
    "programs": "start other programs",
    "processes": "start processes, or share memory with them (num_workers has to be 0)",
    "signals": "signal other processes",
    "reading": "read files outside of its folder",
    "writing": "write files, except temporary ones",
    "changing": "change who may use a file, or its times",
}
_OTHER = "The system refused this, maybe because of the sandbox."
_WITHOUT = "It is sandboxed; --no-sandbox opens it without."

SANDBOXED = "Sandboxed: no network, programs or files of yours. --no-sandbox goes without."
"""About a lesson that has just been opened."""


def unprotected(why: str) -> str:
    """About a lesson of somebody else that runs without a sandbox."""
    return f"Not sandboxed: {why}. What it runs has your rights."


def refused_by(kinds: Iterable[Refused]) -> str:
    """What a lesson may not do, in sentences; `` where nothing was refused."""
    found = list(dict.fromkeys(kinds))
    certain = [f"This lesson may not {_MAY_NOT[kind]}." for kind in found if kind != "other"]
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
