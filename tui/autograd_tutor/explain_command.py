"""Says what goes wrong in a script, a lesson or a recording; or all about one kind of mistake."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from autograd_tutor.analysis.custom import custom_functions
from autograd_tutor.analysis.diagnosis.catalogue import LESSONS
from autograd_tutor.analysis.diagnosis.diagnose import diagnose
from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.course import target as targets
from autograd_tutor.course.asked import NOTHING, Asked
from autograd_tutor.limits.interface import MOST_LISTED
from autograd_tutor.messages import _, plural
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.record_command import shortfalls
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.findings.explanations import explanation
from autograd_tutor.render.findings.finding_fields import finding_fields
from autograd_tutor.render.findings.finding_rows import finding_rows
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import count, listed


def explain(
    target: str, as_json: bool = False, sandbox: bool | None = None, asked: Asked = NOTHING
) -> int:
    """Run the target and print its findings; of the key of a mistake, print what it is.

    Returns 1 where there are findings or suspicions, else 0; 2 where nothing could be run. Raises
    CourseError and RecordingError.
    """
    if target in LESSONS and not asked.option:
        return _explain_key(target, as_json)
    found = asked.of_target(targets.find(target))
    with Playthrough(sandbox) as playthrough:
        for happening in playthrough.play(found):
            for line in shortfalls(happening):
                print(line, file=sys.stderr)
        recording = playthrough.recording
    if recording is None:
        return 2
    findings = diagnose(recording)
    if as_json:
        print(json.dumps([finding_fields(each, recording) for each in findings], ensure_ascii=True))
    else:
        Printer().print(_rows(findings, recording))
    return 1 if any(each.certainty != "note" for each in findings) else 0


def _explain_key(key: str, as_json: bool) -> int:
    text = explanation(key)
    if as_json:
        print(json.dumps({"key": key, "lesson": LESSONS[key], "text": text}, ensure_ascii=True))
    else:
        print(text.rstrip("\n"))
        if LESSONS[key]:
            print(_("\nThe lesson about it: autograd-tutor {lessons}").format(lessons=LESSONS[key]))
    return 0


def _rows(findings: Sequence[Finding], recording: Recording) -> list[Row]:
    rows: list[Row] = []
    for each in findings:
        rows += [*finding_rows(each, recording), row()]
    return [*rows, row(summary(findings)), *_unchecked(recording)]


def _unchecked(recording: Recording) -> list[Row]:
    """What only running code can check: the backward of custom Functions."""
    nodes = {node.id: node for each in recording.traces.values() for node in each.nodes.values()}
    names = [f"`{sanitize_line(each)}`" for each in custom_functions(nodes.values())]
    if not names:
        return []
    text = plural(
        "The backward of {names} was not checked: autograd-tutor verify does that.",
        "The backwards of {names} were not checked: autograd-tutor verify does that.",
        len(names),
    )
    return [row((text.format(names=listed(names[:MOST_LISTED])), "dim"))]


def summary(findings: Sequence[Finding]) -> str:
    """How many there are of each kind, in a sentence."""
    kinds = [each.certainty for each in findings]
    counted = [
        count(kinds.count(kind), kind) for kind in ("finding", "suspicion", "note") if kind in kinds
    ]
    return f"{', '.join(counted)}." if counted else _("Nothing was found that goes wrong.")
