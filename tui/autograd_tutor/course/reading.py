"""Reads the bytes of a lesson's file, and refuses text that would not show as it is written."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from autograd_tutor.course.location import Location
from autograd_tutor.course.problem import LessonError, Problem, Report
from autograd_tutor.limits.lessons import LARGEST_LESSON
from autograd_tutor.messages import _

UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Characters that a terminal acts on, that reorder the text around them, or that end a line here
and not there: control characters (but tab and newline), bidirectional marks, lone surrogates."""

_START = Location()


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises LessonError if it is no readable file of allowed size."""
    try:
        refused = _refusal(path, os.stat(path))
        if refused:
            raise LessonError((Problem(path, 1, 1, *refused),))
        # A pipe that has replaced the file since must not block; O_NONBLOCK is nothing to a file.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            refused = _refusal(path, os.fstat(file.fileno()))
            data = b"" if refused else file.read(LARGEST_LESSON + 1)
    except OSError as error:
        unknown = (
            _("the file cannot be read ({strerror})").format(strerror=error.strerror),
            _("check its path"),
        )
        reason = _reasons().get(error.errno or 0, unknown)
        raise LessonError((Problem(path, 1, 1, *reason),)) from error
    except ValueError as error:  # a path with a NUL in it, or one that cannot be encoded
        raise no_path(path) from error
    if len(data) > LARGEST_LESSON:
        refused = _too_large(path)
    if refused:
        raise LessonError((Problem(path, 1, 1, *refused),))
    return data


def _reasons() -> dict[int, tuple[str, str]]:
    """Why a file cannot be opened, and the mend, by the number of the error."""
    return {
        errno.ENOENT: (_("there is no such file"), _("check its path")),
        errno.ENOTDIR: (_("there is no such file"), _("check its path")),
        errno.EACCES: (_("the file may not be read"), _("check its permissions: chmod u+r")),
        errno.EPERM: (_("the file may not be read"), _("check its permissions: chmod u+r")),
        errno.ELOOP: (_("the links that lead to the file form a cycle"), _("mend the links")),
        errno.ENAMETOOLONG: (_("the path is longer than the system allows"), _("check its path")),
    }


def no_path(path: Path) -> LessonError:
    """The error for a path that the system cannot be asked for."""
    return LessonError((Problem(path, 1, 1, _("this is no path"), _("check its spelling")),))


def _refusal(path: Path, info: os.stat_result) -> tuple[str, str] | None:
    """What is wrong with the thing at the path, and its mend, judged without opening it."""
    if stat.S_ISDIR(info.st_mode):
        return _("this is a folder"), _("name a lesson's file in it")
    if not stat.S_ISREG(info.st_mode):
        return _("this is no regular file"), _("name a lesson's .yaml or .py file")
    return _too_large(path) if info.st_size > LARGEST_LESSON else None


def _too_large(path: Path) -> tuple[str, str]:
    most = f"{LARGEST_LESSON // 2**10} KiB"
    if path.suffix.lower() == ".py":
        return _("the script is larger than {most}").format(most=most), _(
            "move a part of it into a module beside it"
        )
    return _("the lesson is larger than {most}").format(most=most), _(
        "split it into several lessons"
    )


def decode_utf8(data: bytes, report: Report) -> str:
    """The text of a file in UTF-8, with line ends as newlines. Raises LessonError for another."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise report.fail(_START, _("the file is in UTF-16 or UTF-32"), _("save it as UTF-8"))
    if data.startswith(b"\xef\xbb\xbf"):
        mend = _("save it as UTF-8 without one")
        raise report.fail(_START, _("the file begins with a byte order mark"), mend)
    try:
        return with_newlines(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        location = location_after(with_newlines(data[: error.start].decode("utf-8")))
        message = _("the byte 0x{data:02x} is not UTF-8").format(data=data[error.start])
        raise report.fail(location, message, _("save the file as UTF-8")) from error


def with_newlines(text: str) -> str:
    """The text with the line ends of other systems (CR LF and CR) as newlines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def location_after(text: str) -> Location:
    """Where the file goes on after the text that it begins with."""
    return Location(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def refuse_unshowable(text: str, report: Report, allowed: str = "") -> str:
    """Report every line that has a character in it which would not show, at the first of them.

    Returns the text with a replacement character for each, in which to find more problems.
    """
    if not UNSHOWABLE.search(text):
        return text
    for number, line in enumerate(text.split("\n"), 1):
        found = next((hit for hit in UNSHOWABLE.finditer(line) if hit[0] not in allowed), None)
        if found:
            name = _("the character U+{ord:04X}, which does not show").format(ord=ord(found[0]))
            mend = _("remove it; in code write it as an escape such as \\x1b")
            report.add(Location(number, found.start() + 1), name, mend)
    return UNSHOWABLE.sub(lambda hit: hit[0] if hit[0] in allowed else "\ufffd", text)


def refuse_tabs(text: str, report: Report) -> None:
    """Report every line that has a tab in it, at the first of them."""
    if "\t" not in text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        column = line.find("\t")
        if column >= 0:
            report.add(
                Location(number, column + 1), _("a tab character"), _("write spaces in its place")
            )
