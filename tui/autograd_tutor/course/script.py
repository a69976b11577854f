"""Opens a Python script as a lesson: `# %%` lines divide it into steps, comments explain them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass, replace
from pathlib import Path

from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson, Locations, Step
from autograd_tutor.course.problem import Report, excerpt
from autograd_tutor.course.python_source import parsed, syntax_fault
from autograd_tutor.course.reading import location_after, refuse_unshowable, with_newlines
from autograd_tutor.messages import _
from autograd_tutor.recording.printable import printable

_MARK = re.compile(r"#\s?%%+\s*(?:\[(?:markdown|md)\])?\s*(.*?)\s*")
_NO_EXPLANATION = re.compile(r"#!|#.*coding[:=]|# (?:ruff|mypy|pylint|flake8|fmt|type):")


@dataclass
class _Cell:
    """The lines between two marks; `first` is the file's line number of the first of them."""

    title: str
    first: int
    lines: list[str]


def read(data: bytes, path: Path, lesson_id: str) -> Lesson:
    """The lesson that a script's bytes are. Raises LessonError with all that is wrong with it."""
    report = Report(path)
    source = _decode(data, report)
    refuse_unshowable(source, report, allowed="\f")
    report.close()
    lines = source.split("\n")
    title, about, cells = _module(source, lines)
    steps = _steps(cells, report)
    if not steps and not report:
        mend = _("write some code, with a line # %% before each step")
        report.add(Location(), _("there is no code in the file"), mend)
    report.close()
    if about:
        first = steps[0]
        steps[0] = _with_explanation(first, "\n\n".join(filter(None, (about, first.explain))))
    file = printable(path)
    return Lesson(
        id=lesson_id,
        path=path,
        title=title or printable(path.stem),
        summary=" ".join(about.split("\n\n")[0].split()),
        chapter="",
        steps=tuple([replace(step, file=file) for step in steps]),
    )


def _decode(data: bytes, report: Report) -> str:
    try:
        encoding, _unused = tokenize.detect_encoding(io.BytesIO(data).readline)
        return with_newlines(data.decode(encoding))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace")
        message = _("the byte 0x{byte:02x} is not {encoding}").format(
            byte=data[error.start], encoding=encoding
        )
        location = location_after(with_newlines(before))
        raise report.fail(location, message, _("save the file as UTF-8")) from error
    except (SyntaxError, LookupError, UnicodeError) as error:
        reason = printable(str(error))
        raise report.fail(Location(), reason, _("save the file as UTF-8")) from error


def _module(source: str, lines: list[str]) -> tuple[str, str, list[_Cell]]:
    """Title and description, both from the docstring if there is one, and the cells."""
    title, about, body = _docstring(source)
    marks = _marks(source, lines)
    cells = [_Cell("", body + 1, lines[body : marks[0] if marks else None])]
    for index, mark in enumerate(marks):
        end = marks[index + 1] if index + 1 < len(marks) else None
        found = _MARK.fullmatch(lines[mark])
        cell_title = found[1] if found else ""
        cells.append(_Cell(cell_title, mark + 2, lines[mark + 1 : end]))
    return title, about, cells


def _docstring(source: str) -> tuple[str, str, int]:
    """The docstring's first line, the rest of it, and how many lines of the file end with it."""
    tree = parsed(source)
    text = ast.get_docstring(tree) if tree else None
    if not tree or not text or not text.strip():
        return "", "", 0  # the fault of a cell that is no Python is reported at its place
    first = tree.body[0]
    alone = len(tree.body) == 1 or tree.body[1].lineno > (first.end_lineno or 0)
    title, _unused, rest = text.strip().partition("\n")
    return title.strip().rstrip("."), rest.strip(), (first.end_lineno or 0) if alone else 0


def _marks(source: str, lines: list[str]) -> list[int]:
    """The indices of the `# %%` lines, those inside of strings left out."""
    candidates = [index for index, line in enumerate(lines) if _MARK.fullmatch(line)]
    if not candidates:
        return []
    try:
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        comments = {token.start[0] - 1 for token in tokens if token.type == tokenize.COMMENT}
    except (tokenize.TokenError, SyntaxError):
        return candidates
    return [index for index in candidates if index in comments]


def _steps(cells: list[_Cell], report: Report) -> list[Step]:
    """A step for every cell with code; the comments of a cell without go to the step after it."""
    steps: list[Step] = []
    waiting: list[str] = []
    title = ""
    for cell in cells:
        explain, start = _explanation(cell)
        title = cell.title or title
        waiting += [explain] if explain else []
        code, code_line = _trimmed(cell.lines[start:], cell.first + start)
        if not code.strip():
            continue
        number = len(steps) + 1
        location = Location(code_line, 1)
        if fault := syntax_fault(code):
            at = location.at(fault.line, fault.column)
            shown = excerpt(code.split("\n")[fault.line - 1], fault.column)
            report.add(
                at,
                _("this is not Python: {fault}").format(fault=fault.message),
                _("correct it here"),
                shown,
            )
        steps.append(
            Step(
                id=f"step-{number}",
                title=title or _("Step {step}").format(step=number),
                explain="\n\n".join(waiting),
                code=code,
                first_line=code_line,
                locations=Locations(step=Location(cell.first, 1), code=location),
            )
        )
        waiting, title = [], ""
    if waiting and steps:
        steps[-1] = _with_explanation(steps[-1], "\n\n".join([steps[-1].explain, *waiting]))
    return steps


def _with_explanation(step: Step, explain: str) -> Step:
    return replace(step, explain=explain.strip())


def _explanation(cell: _Cell) -> tuple[str, int]:
    """The comments that a cell begins with, as Markdown, and the index of the line after them."""
    texts: list[str] = []
    for index, line in enumerate(cell.lines):
        if line.startswith("#"):
            if not _NO_EXPLANATION.match(line):
                texts.append(line[1:].removeprefix(" "))
        elif line.strip():
            return "\n".join(texts).strip(), index
        else:
            texts.append("")
    return "\n".join(texts).strip(), len(cell.lines)


def _trimmed(lines: list[str], first: int) -> tuple[str, int]:
    """The lines as code without blank ones around it, and the file's line number of the first."""
    begin = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    code = "\n".join(lines[begin:]).rstrip()
    return (code + "\n" if code else ""), first + begin
