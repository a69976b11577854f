"""How a run ended, in words for the person who wrote the snippet."""

from __future__ import annotations

import signal

from autograd_tutor.recording.wire import Ended, Limits, RunEnded


def reason_of_end(ended: Ended | RunEnded, limits: Limits) -> str:
    """What happened to a run and what to do next, in a sentence or two."""
    seconds = f"{limits.seconds:g} s"
    match ended.cause:
        case "closed":
            return "The run has ended. Run it again to go on."
        case "exit":
            return (
                f"The snippet ended its process with exit status {ended.code}. "
                "Take the exit out and run again."
            )
        case "signal":
            return (
                f"The snippet's process was ended by {_signal_name(ended.code)}. "
                "Change the line that did it and run again."
            )
        case "deadline":
            return (
                f"The snippet was still busy after {seconds} and did not stop when asked to, so "
                "its process was ended. Look for a loop without end and run again."
            )
        case "memory":
            return (
                f"The snippet used more than {limits.memory} MiB of memory, so its process was "
                "ended. Use smaller tensors and run again."
            )
        case "killed":
            return "The run was stopped. Run it again to go on."
        case "protocol":
            return (
                "The snippet closed or wrote into a file descriptor that the recording needs, so "
                "its process was ended. Leave descriptors above 2 alone and run again."
            )
        case "fault":
            return (
                "The recording failed, through no fault of the snippet, and its process has "
                "ended. Run it again; should it fail again, report it with the snippet."
            )
        case "busy":
            return (
                f"The snippet went on working for {seconds} after its step, in threads or "
                "processes, so it was ended. Wait for them in the step, as with `join()`, and run "
                "again."
            )
        case "flood":
            return (
                "The run sent more than the recording of a step may take, so its process was "
                "ended. Record fewer or smaller tensors in one step and run again."
            )
        case "sandbox":
            return (
                "The sandbox could not be made, so nothing was run. Run it with --no-sandbox if "
                "you trust it."
            )
        case "lost":
            return "The process that runs the snippets is gone. Run again to start a new one."


def _signal_name(number: int) -> str:
    names = {
        signal.SIGSEGV: "SIGSEGV (it reached for memory that is not its own)",
        signal.SIGABRT: "SIGABRT (a library gave up)",
        signal.SIGKILL: "SIGKILL (by itself, or by the system when memory ran out)",
    }
    try:
        known = signal.Signals(number)
    except ValueError:
        return f"signal {number}"
    return names.get(known, known.name)
