"""What a learner has to know about how a step ended, in one line."""

from __future__ import annotations

from autograd_tutor.analysis.ending import Ending, ending
from autograd_tutor.client.refusals import refused_in
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import count

TRUNCATED = {
    "snapshots": "Recording stopped after {moments:,} moments; the last one is the final state.",
    "nodes": "The recording stopped at {nodes:,} graph nodes; the last moment is the final state.",
    "inputs": "The recording stopped at an operation with too many inputs; "
    "the last moment is the final state.",
    "output": "The step printed more than is kept; the rest of its output was dropped.",
    "tracing replaced": "The snippet replaced the tracing; the last moment is the final state.",
    "bytes": "The recording grew too large and stopped; the last moment is the final state.",
    "builtins changed": "The snippet changed builtins, which the recording needs; "
    "the last moment is the final state.",
    "recording failed": "The recording failed, not the snippet; the last moment may be old.",
}
"""What each limit did, for people."""


def in_threads(threads: int) -> str:
    """That lines ran in other threads, and in how many."""
    return f"Lines that ran in {count(threads, 'other thread')} are not recorded."


def outcome(trace: Trace, problem: str | None, index: int) -> str:
    """Why a step is not as it was meant to be; empty where all is well or nothing is known yet.

    An error is shown where it happened; at a moment `index` before that, only that it will.
    """
    how = ending(trace, index)
    text = _outcome(trace, problem, how)
    if trace.result is not None and how not in (Ending.FAILS_LATER, Ending.FAILS_OUTSIDE):
        text = _joined(text, refused_in(trace.result))
    return sanitize_line(text)


def _joined(text: str, refused: str) -> str:
    """What happened, and what the sandbox refused."""
    if not text or not refused:
        return text or (f"{signs.FAILURE} {refused}" if refused else "")
    return f"{text}{'' if text.endswith('.') else '.'} {refused}"


def _outcome(trace: Trace, problem: str | None, how: Ending) -> str:
    result = trace.result
    if result is None:
        return f"{signs.FAILURE} {problem}" if problem else ""
    error = result.error
    line = trace.line_number(error.line) if error is not None else 0
    match how:
        case Ending.TRUNCATED if result.truncated is not None:
            text = TRUNCATED[result.truncated]
            fault = f" ({result.fault})" if result.fault else ""
            return text.format(moments=result.snapshots - 1, nodes=result.nodes) + fault
        case Ending.FAILS_LATER | Ending.FAILS_OUTSIDE if error is not None:
            where = f" in line {line}" if line else ""
            is_outside = how is Ending.FAILS_OUTSIDE
            hint = "not in this pass" if is_outside else "the End key goes there"
            return f"{signs.FAILURE} This step fails{where}; {hint}."
        case Ending.RAISED if error is not None:
            where = f"Line {line}: " if line else ""
            return f"{signs.FAILURE} {where}{error.type}: {error.message}".rstrip(": ")
        case Ending.UNEXPECTED:
            first = result.failed[0]
            return f"{signs.FAILURE} Not as expected: {first.expression}: {first.reason}"
        case Ending.DID_NOT_RAISE:
            return f"{signs.FAILURE} The step was meant to fail, and did not."
        case Ending.FINE if result.threads:
            return in_threads(result.threads)
    return ""
