"""What happens while a lesson is played, as values: all that whoever reports or judges it needs."""

from __future__ import annotations

from typing import Literal, NamedTuple

from autograd_tutor.client.refusals import refused_with
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Error, StepResult
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import EndCause


class CannotRun(NamedTuple):
    """Nothing can be run: torch was not imported."""

    reason: str


class Began(NamedTuple):
    """The lesson runs, or ran, in this version of torch."""

    torch: str
    sandboxed: bool = False
    unprotected: str = ""
    """Why it runs without a sandbox, though somebody else wrote it: a sentence for people."""


class StepBegan(NamedTuple):
    """A step was asked for."""

    step: int
    """Its index."""
    code: str
    """What runs in it: the lesson's own code, or the learner's."""


class Recorded(NamedTuple):
    """A line or a node was executed: the snapshot at `at` of the trace."""

    trace: Trace
    at: int


class StepEnded(NamedTuple):
    """A step has come to its end."""

    trace: Trace
    result: StepResult

    @property
    def goes_on(self) -> bool:
        """Whether the step raised nothing, or what it was meant to: else no step after it runs."""
        return self.result.ok or bool(self.result.failed)

    @property
    def as_meant(self) -> bool:
        """Whether the step did what the lesson says it does, and all of it was recorded."""
        return self.result.ok and self.result.truncated != "recording failed"


class SetupRaised(NamedTuple):
    """The lesson's hidden setup failed; no step runs."""

    error: Error

    @property
    def reason(self) -> str:
        """The same for people."""
        if not self.error.type:  # a script could not be started as it was asked for
            return self.error.message
        text = _("The lesson's setup failed: {type}: {message}").format(
            type=self.error.type, message=self.error.message
        )
        why = refused_with(self.error)
        return f"{text.rstrip('.')}. {why}" if why else text


class Stopped(NamedTuple):
    """Nothing more is recorded of the step, though it has not ended.

    `cause`: what ended the run's process; `unrecorded`: a saved recording holds no more of it.
    """

    trace: Trace
    cause: EndCause | Literal["unrecorded"]
    reason: str
    """For people, with what to do next."""
    seconds: float = 0.0
    """How long after the step was asked for."""

    @property
    def limit(self) -> str | None:
        """The limit that the step ran into, as the lesson's file names it."""
        return {"deadline": "seconds", "memory": "memory"}.get(self.cause)


class PlaythroughEnded(NamedTuple):
    """Nothing more happens. `as_meant`: every step ran and did what the lesson says it does."""

    as_meant: bool


Happening = (
    CannotRun | Began | StepBegan | Recorded | StepEnded | SetupRaised | Stopped | PlaythroughEnded
)
