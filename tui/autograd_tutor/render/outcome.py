"""What a learner has to know about how a step ended, in one line."""

from __future__ import annotations

from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.sanitize import sanitize_line

TRUNCATED = {
    "snapshots": "Recording stopped after {moments:,} moments; the last one is the final state.",
    "nodes": "The recording stopped at {nodes:,} graph nodes; the last moment is the final state.",
    "output": "The step printed more than is kept; the rest of its output was dropped.",
    "tracing replaced": "The snippet replaced the tracing; the last moment is the final state.",
    "bytes": "The recording grew too large and stopped; the last moment is the final state.",
    "recording failed": "The recording failed, not the snippet; the last moment may be old.",
}
"""What each limit did, for people."""


def outcome(trace: Trace, problem: str | None, index: int) -> str:
    """Why a step is not as it was meant to be; empty where all is well or nothing is known yet.

    An error is told where it happened; at a moment `index` before that, only that it will.
    """
    result = trace.result
    if result is None:
        return f"{signs.FAILURE} {sanitize_line(problem)}" if problem else ""
    if result.truncated is not None and result.error is None and not result.failed:
        said = TRUNCATED[result.truncated]
        fault = f" ({sanitize_line(result.fault)})" if result.fault else ""
        return said.format(moments=result.snapshots, nodes=result.nodes) + fault
    if result.ok:
        return ""
    error = result.error
    if error is not None and index < len(trace) - 1:
        where = f" in line {error.line}" if error.line else ""
        backward = trace.snapshots[index].backward if 0 <= index < len(trace) else None
        ended = None if backward is None else trace.passes.get(backward.call)
        elsewhere = ended is not None and ended.failed is None
        how = "not in this pass" if elsewhere else "the End key goes there"
        return f"{signs.FAILURE} This step fails{where}; {how}."
    if error is not None:
        where = f"Line {error.line}: " if error.line else ""
        text = sanitize_line(f"{error.type}: {error.message}".rstrip(": "))
        return f"{signs.FAILURE} {where}{text}"
    if result.failed:
        first = result.failed[0]
        reason = sanitize_line(f"{first.expression}: {first.reason}")
        return f"{signs.FAILURE} Not as expected: {reason}"
    return f"{signs.FAILURE} The step was meant to fail, and did not."
