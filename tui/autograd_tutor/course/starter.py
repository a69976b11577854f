"""A lesson to start with: a file that explains its fields, for `autograd-tutor new`."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from autograd_tutor.course import library, translation_file
from autograd_tutor.course.lesson_fields import LESSON
from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.course.problem import CourseError
from autograd_tutor.course.schema import FILE_NAME
from autograd_tutor.course.shapes import Field, Group, ListOf
from autograd_tutor.recording.printable import printable

MODELINE = f"# yaml-language-server: $schema={FILE_NAME}"
"""What tells an editor of the schema, in the first line of a lesson."""

_HEAD = """\
# A lesson for autograd-tutor: see it with  autograd-tutor preview FILE,
# and test it with  autograd-tutor check FILE.  A # before a field leaves the field out.
"""

_EDITORS = f"""\
# For help in editors, put this in the first line, and write the schema beside the lesson:
#     {MODELINE}
#     autograd-tutor schema > {FILE_NAME}
"""

_SCRIPT = '''\
"""{title}.

The first line above is the title. What follows it stands above the first explanation.
"""

# %% The slope of a square
# A line "# %%" begins a step, and the rest of it is the step's title. The comments right below
# are its explanation, in *Markdown*; the code after them is its snippet.
#
# **Predict:** which number will `w.grad` hold?
import torch

w = torch.tensor(3.0, requires_grad=True)
loss = w**2
loss.backward()

# %% Once more
# All steps share their variables, like the cells of a notebook.
loss = (2 * w) ** 2
loss.backward()
print(w.grad)
'''

_PLAIN = re.compile(r"[A-Za-z]\w*( \w+)+")
"""A title that YAML takes for a text, whatever its words are."""

_REASONS = {
    errno.EEXIST: "It is there already, and was left as it is: choose another name",
    errno.ENOENT: "There is no such folder: make it first",
    errno.ENOTDIR: "What should be its folder is a file: choose another path",
}


class NotStarted(CourseError):
    """No lesson was written to this path; the text says why."""


def start(path: Path) -> None:
    """Write a lesson to start with, `.yaml` or `.py`, where there is no file.

    A name such as `01-parameters.de.yaml` is that of a translation of the lesson beside it. Raises
    NotStarted; LessonError for such a lesson that has problems.
    """
    suffix, folder = path.suffix, path.parent
    shown = printable(path)
    if suffix not in (".yaml", ".py"):
        raise NotStarted(f"{shown}: The name of a lesson ends in .yaml, that of a script in .py.")
    if (original := translation_file.original_of(path)) is not None:
        return _write(path, _translation(path, original))
    title = title_of(path)
    known = (folder / FILE_NAME).is_file()
    return _write(path, script(title) if suffix == ".py" else lesson(title, with_schema=known))


def _translation(path: Path, original: Path) -> str:
    """What the translation of a lesson begins with. Raises LessonError."""
    from autograd_tutor.course.translation_starter import skeleton

    return skeleton(library.load(original, languages=()), path)


def _write(path: Path, text: str) -> None:
    shown = printable(path)
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except (OSError, UnicodeError):
                with suppress(OSError):
                    os.unlink(path)
                raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"It cannot be written ({error.strerror})")
        raise NotStarted(f"{shown}: {reason}.") from error


def title_of(path: Path) -> str:
    """A title from a file's name: `07-my_first-lesson.yaml` gives "My first lesson"."""
    words = printable(re.sub(r"[-_\s]+", " ", lesson_id(path))).strip()
    return words[:1].upper() + words[1:] or "My lesson"


def script(title: str) -> str:
    """A script that `# %%` lines divide into steps."""
    safe = title.replace("\\", "\\\\").replace('"', "'").rstrip(".")
    return _SCRIPT.format(title=safe or "My lesson")


def lesson(title: str, *, with_schema: bool) -> str:
    """A lesson with a line for each field that says what it is; optional ones are commented out.

    `with_schema`: whether that lies beside it already.
    """
    shown = title if _PLAIN.fullmatch(title) else json.dumps(title, ensure_ascii=False)
    begin = f"{MODELINE}\n{_HEAD}" if with_schema else f"{_HEAD}{_EDITORS}"
    rows = "\n".join(_rows(LESSON, {"title": shown}))
    return f"{begin}\n{rows}\n"


_LEFT_IN = ("setup", "watch", "expect", "predict", "exercise")
"""Fields that may be left out, and are in the lesson all the same."""


def _rows(group: Group, written: dict[str, str]) -> Iterator[str]:
    """The lines of the fields; `written` stands in the place of their examples."""
    for field in group.fields:
        yield f"# {field.about}"
        shape = field.shape
        if field.required and isinstance(shape, ListOf) and isinstance(shape.items, Group):
            yield f"{field.name}:"
            yield from _item(shape.items)
            continue
        off = "" if field.required or field.name in _LEFT_IN else "# "
        for line in _value(field, written.get(field.name, field.example)):
            yield f"{off}{line}".rstrip()
        if group is LESSON and field.name != "format":
            yield ""


def _item(group: Group) -> Iterator[str]:
    """The lines of one item of a list, below the key."""
    begun = False
    for line in _rows(group, {}):
        mark = "  - " if not begun and not line.startswith("#") else "    "
        begun = begun or mark == "  - "
        yield f"{mark if begun else '  '}{line}".rstrip()


def _value(field: Field, example: str) -> Iterator[str]:
    first, *more = example.split("\n")
    yield f"{field.name}: {first}".rstrip()
    yield from (f"  {line}".rstrip() for line in more)
