"""Says what goes wrong in a script, a lesson or a recording; or all about one kind of mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from autograd_tutor.analysis.coverage import Coverage, coverage
from autograd_tutor.analysis.custom import custom_functions
from autograd_tutor.analysis.diagnosis.catalogue import LESSONS
from autograd_tutor.analysis.diagnosis.diagnose import diagnose
from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.analysis.imports import imported_modules
from autograd_tutor.course import target as targets
from autograd_tutor.course.asked import NOTHING, Asked
from autograd_tutor.course.problem import UnknownLesson, nearest
from autograd_tutor.limits.interface import MOST_LISTED
from autograd_tutor.messages import _, count, noun, plural
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.record_command import play
from autograd_tutor.recording.followed import is_followed
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.trace import Recording
from autograd_tutor.render.coverage import coverage_lines, nothing_found, unfollowed_line
from autograd_tutor.render.findings.explanations import explanation, in_whose_language
from autograd_tutor.render.findings.finding_fields import finding_fields
from autograd_tutor.render.findings.finding_rows import finding_rows
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.running import Running
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import listed
from autograd_tutor.wrong_use import WrongUse


def explain(
    target: str, as_json: bool = False, sandbox: bool | None = None, asked: Asked = NOTHING
) -> int:
    """Run the target and print its findings; of the key of a mistake, print what it is.

    Returns 1 where there are findings or suspicions, where the target failed, or nothing of it was
    recorded, else 0; 2 where nothing could be run. Raises CourseError and RecordingError.
    """
    if target in LESSONS and not asked.option:
        return _explain_key(target, as_json)
    try:
        found = asked.of_target(targets.find(target))
    except UnknownLesson as error:
        raise WrongUse(_unknown(target, error)) from None
    with Playthrough(sandbox) as playthrough:
        as_meant = play(playthrough, found)
        recording = playthrough.recording
    if recording is None:
        return 2
    with Running():
        findings, covered = diagnose(recording), coverage(recording.traces.values())
    if as_json:
        print(json.dumps([finding_fields(each, recording) for each in findings], ensure_ascii=True))
    else:
        unfollowed = unfollowed_line(_unfollowed(recording, found.lesson.path.parent))
        lines = [summary(findings, covered), *coverage_lines(covered), unfollowed]
        rows = [*_rows(findings, recording), *map(row, filter(None, lines))]
        Printer().print([*rows, *_unchecked(recording)])
    is_clean = as_meant and not covered.is_empty
    return 0 if is_clean and all(each.certainty == "note" for each in findings) else 1


def _unknown(target: str, error: UnknownLesson) -> str:
    """What to say where a word is the key of no mistake, either."""
    near = nearest(target, tuple(LESSONS))
    if error.nearest or near is None:
        keys = _("Keys of mistakes: {keys}").format(keys=", ".join(LESSONS))
        return str(error) if error.nearest else f"{error}\n{keys}"
    return _("There is no lesson or mistake so named; did you mean {near}?").format(near=near)


def _explain_key(key: str, as_json: bool) -> int:
    text = explanation(key)
    if as_json:
        print(json.dumps({"key": key, "lesson": LESSONS[key], "text": text}, ensure_ascii=True))
    else:
        print(in_whose_language(text).rstrip("\n"))
        if LESSONS[key]:
            print(_("\nThe lesson about it: autograd-tutor {lessons}").format(lessons=LESSONS[key]))
    return 0


def _rows(findings: Sequence[Finding], recording: Recording) -> list[Row]:
    rows: list[Row] = []
    for each in findings:
        rows += [*finding_rows(each, recording), row()]
    return rows


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


def _unfollowed(recording: Recording, folder: Path) -> list[str]:
    """The modules in a folder that what was recorded imports, and whose code was not."""
    origin = recording.origin
    invocation = Invocation() if origin is None else origin.lesson.invocation
    codes = [part.code for trace in recording.traces.values() for part in trace.source.parts]
    names = [name for code in codes for name in imported_modules(code, invocation.package)]
    folders = {folder, Path()} if invocation.module else {folder}
    return [
        name
        for name in dict.fromkeys(names)
        if not is_followed(name, invocation.follow)
        and any(_is_in(each, name.partition(".")[0]) for each in folders)
    ]


def _is_in(folder: Path, module: str) -> bool:
    return (folder / module).is_dir() or (folder / f"{module}.py").is_file()


def summary(findings: Sequence[Finding], covered: Coverage) -> str:
    """How many there are of each kind, in a sentence."""
    kinds = [each.certainty for each in findings]
    nouns = (noun("finding"), noun("suspicion"), noun("note"))
    counted = [count(kinds.count(kind), kind) for kind in nouns if kind in kinds]
    return f"{', '.join(counted)}." if counted else nothing_found(covered)
