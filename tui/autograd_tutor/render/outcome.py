"""What a learner has to know about how a step ended, in one line."""

from __future__ import annotations

from autograd_tutor.analysis.ending import Ending, Failed, ending, failed_at
from autograd_tutor.client.refusals import refused_in
from autograd_tutor.messages import _, count
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.unfollowed import unfollowed_text

TRUNCATED = {
    "snapshots": _("Recording stopped after {moments:,} moments; the last one is the final state."),
    "nodes": _(
        "The recording stopped at {nodes:,} graph nodes; the last moment is the final state."
    ),
    "inputs": _(
        "The recording stopped at an operation with too many inputs; "
        "the last moment is the final state."
    ),
    "output": _("The step printed more than is kept; the rest of its output was dropped."),
    "tracing replaced": _("The snippet replaced the tracing; the last moment is the final state."),
    "bytes": _("The recording grew too large and stopped; the last moment is the final state."),
    "builtins changed": _(
        "The snippet changed builtins, which the recording needs; "
        "the last moment is the final state."
    ),
    "recording failed": _("The recording failed, not the snippet; the last moment may be old."),
}
"""What each limit did, for people."""


def in_threads(threads: int) -> str:
    """That lines ran in other threads, and in how many."""
    return _("Lines that ran in {threads} are not recorded.").format(
        threads=count(threads, "other thread")
    )


def failed_text(failed: Failed) -> str:
    """`line 12`, or `line 12, called from line 18`."""
    line = _("line {line}").format(line=failed.line)
    if failed.called is None:
        return line
    return _("{line}, called from line {called}").format(line=line, called=failed.called)


def capital(text: str) -> str:
    """As it stands at the beginning of a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


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
    failed = failed_at(trace, error) if error is not None else None
    match how:
        case Ending.TRUNCATED if result.truncated is not None:
            text = TRUNCATED[result.truncated]
            fault = f" ({result.fault})" if result.fault else ""
            return text.format(moments=result.snapshots - 1, nodes=result.nodes) + fault
        case Ending.FAILS_LATER | Ending.FAILS_OUTSIDE if error is not None:
            where = _(" in {lines}").format(lines=failed_text(failed)) if failed else ""
            is_outside = how is Ending.FAILS_OUTSIDE
            hint = _("not in this pass") if is_outside else _("the End key goes there")
            return _("{failure} This step fails{where}; {hint}.").format(
                failure=signs.FAILURE, where=where, hint=hint
            )
        case Ending.RAISED if error is not None:
            where = f"{capital(failed_text(failed))}: " if failed else ""
            return f"{signs.FAILURE} {where}{error.type}: {error.message}".rstrip(": ")
        case Ending.UNEXPECTED:
            first = result.failed[0]
            return _("{failure} Not as expected: {expression}: {reason}").format(
                failure=signs.FAILURE, expression=first.expression, reason=first.reason
            )
        case Ending.DID_NOT_RAISE:
            return _("{failure} The step was meant to fail, and did not.").format(
                failure=signs.FAILURE
            )
        case Ending.FINE:
            threads = in_threads(result.threads) if result.threads else ""
            return " ".join(filter(None, (unfollowed_text(result), threads)))
    return ""
