"""How a run ended, in words for the person who wrote the snippet."""

from __future__ import annotations

import signal

from autograd_tutor.messages import _
from autograd_tutor.recording.wire import EndCause, Ended, Limits, RunEnded

_REASONS: dict[EndCause, str] = {
    "closed": _("The run has ended. Run it again to go on."),
    "exit": _(
        "The snippet ended its process with exit status {code}. Take the exit out and run again."
    ),
    "signal": _(
        "The snippet's process was ended by {signal}. Change the line that did it and run again."
    ),
    "deadline": _(
        "The snippet was still busy after {seconds:g} s and did not stop when asked to, so its "
        "process was ended. Look for a loop without end and run again."
    ),
    "memory": _(
        "The snippet used more than {memory} MiB of memory (in a sandbox, temporary files count), "
        "so its process was ended. Use smaller tensors and run again."
    ),
    "killed": _("The run was stopped. Run it again to go on."),
    "protocol": _(
        "The snippet closed or wrote into a file descriptor that the recording needs, so its "
        "process was ended. Leave descriptors above 2 alone and run again."
    ),
    "fault": _(
        "The recording failed, through no fault of the snippet, and its process has ended. Run it "
        "again; should it fail again, report it with the snippet."
    ),
    "busy": _(
        "The snippet went on working for {seconds:g} s after its step, in threads or processes, so "
        "it was ended. Wait for them in the step, as with `join()`, and run again."
    ),
    "flood": _(
        "The run sent more than the recording of a step may take, so its process was ended. Record "
        "fewer or smaller tensors in one step and run again."
    ),
    "sandbox": _(
        "The sandbox could not be made, so nothing was run. Run it with --no-sandbox if you trust "
        "it."
    ),
    "lost": _("The process that runs the snippets is gone. Run again to start a new one."),
}

_SIGNALS = {
    signal.SIGSEGV: _("SIGSEGV (it reached for memory that is not its own)"),
    signal.SIGABRT: _("SIGABRT (a library gave up)"),
    signal.SIGKILL: _("SIGKILL (by itself, or by the system when memory ran out)"),
}


def reason_of_end(ended: Ended | RunEnded, limits: Limits) -> str:
    """What happened to a run and what to do next, in a sentence or two."""
    return _REASONS[ended.cause].format(
        code=ended.code,
        signal=_signal_name(ended.code),
        seconds=limits.seconds,
        memory=limits.memory,
    )


def _signal_name(number: int) -> str:
    try:
        known = signal.Signals(number)
    except ValueError:
        return _("signal {number}").format(number=number)
    return _SIGNALS.get(known, known.name)
