"""Describes what a snippet raised, with the learner's own lines only."""

from __future__ import annotations

import contextlib
import linecache
import sys
import traceback
from collections.abc import Container
from os import _exit  # a snippet may replace os._exit
from types import TracebackType
from typing import NoReturn

from autograd_tutor.kernel.interrupts import OutOfTime
from autograd_tutor.limits.kernel import FAULT_CHARACTERS, MESSAGE_CHARACTERS, TRACEBACK_CHARACTERS
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.printable import encodable

_name_of = type.__dict__["__name__"].__get__
_mro_of = type.__dict__["__mro__"].__get__


def class_name(of: type) -> str:
    """The name of a class, whatever its metaclass says."""
    return encodable(_name_of(of))


def matches(error: BaseException, name: str) -> bool:
    """Whether the exception's class, or one of its bases, has this name."""
    return any(_name_of(base) == name for base in _mro_of(type(error)))


def describe(
    error: BaseException,
    filename: str,
    files: Container[str],
    codes: Container[int] | None = None,
    seconds: float | None = None,
) -> Error:
    """The error a step ended with.

    The failing line is looked for in `codes`, by id(), all of the step's own, or else in all that
    has the step's `filename`; the traceback shows the frames in `files` only, those of chained
    exceptions too. `seconds` is the time the step had, for OutOfTime. The exception's own
    `__str__` runs, as Python itself would run it.
    """
    name = "TimeLimit" if isinstance(error, OutOfTime) else class_name(type(error))
    message = _message(error, seconds)
    text = _traceback(error, files, name, message)
    return Error(
        type=name,
        message=bounded(message, MESSAGE_CHARACTERS),
        line=_line(error, filename, codes),
        traceback=bounded(text, TRACEBACK_CHARACTERS),
    )


def _message(error: BaseException, seconds: float | None) -> str:
    if isinstance(error, OutOfTime):
        limit = "its time" if seconds is None else f"{seconds:g} s"
        return f"stopped after {limit}; shorten the work, or look for a loop that never ends"
    try:
        text = str(error)
    except Exception as inner:  # noqa: BLE001 - a learner's own __str__ may raise anything
        text = f"<its text cannot be shown: __str__ raised {class_name(type(inner))}>"
    if isinstance(error, SyntaxError) and type(error.msg) is str:
        return error.msg
    if isinstance(error, SystemExit):
        called = f"exit({'' if error.code is None else text})"
        return f"{called} ended the step here; the lines after it did not run"
    if isinstance(error, EOFError) and "reading a line" in text:
        return f"{text}; a snippet cannot read from the keyboard: assign the value instead"
    if isinstance(error, KeyboardInterrupt) and not text:
        return "the snippet was interrupted"
    return text


def _line(error: BaseException, filename: str, codes: Container[int] | None) -> int:
    """The line of the step itself that failed: the outermost frame of its code.

    The steps of a script have one file.
    """
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if id(code) in codes if codes is not None else code.co_filename == filename:
            return trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == filename:
        return error.lineno or 0
    return 0


def _traceback(error: BaseException, files: Container[str], name: str, message: str) -> str:
    try:
        found = traceback.TracebackException.from_exception(error, compact=True)
        _keep_own_frames(found, files, set())
        text = "".join(found.format())
    except Exception:  # noqa: BLE001 - a hostile exception; its name and message are still shown
        return f"{name}: {message}\n"
    if isinstance(error, (OutOfTime, SystemExit)):
        text = text.rstrip("\n").rpartition("\n")[0] + f"\n{name}: {message}\n"
    return text.lstrip("\n")


def _keep_own_frames(
    found: traceback.TracebackException, files: Container[str], seen: set[int]
) -> None:
    """Drop the frames outside of `files`, also those of the exceptions that led to this one.

    Of some syntax errors Python looks the line up on disk, where that of a step is not.
    """
    pending = [found]
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        own = [frame for frame in part.stack if frame.filename in files]
        part.stack = traceback.StackSummary.from_list(own)
        if getattr(part, "text", "") is None and part.filename in files and part.lineno:
            part.text = linecache.getline(part.filename, int(part.lineno))
        pending += [other for other in (part.__cause__, part.__context__) if other is not None]
        pending += getattr(part, "exceptions", None) or ()


def end_like_a_script(error: BaseException | None, files: Container[str]) -> NoReturn:
    """End this process, which a snippet has forked, as it would end after a script."""
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if type(error.code) is int else int(error.code is not None)
    elif error is not None:
        print(describe(error, "", files).traceback, end="", file=sys.stderr)
        status = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    _exit(status)


def one_line(fault: Exception) -> str:
    """An exception of this program itself in one line: what, and where."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        file = trace.tb_frame.f_code.co_filename.rpartition("/")[2]
        where = f" ({file}:{trace.tb_lineno})"
    return " ".join(bounded(f"{class_name(type(fault))}: {fault}{where}", FAULT_CHARACTERS).split())


def bounded(text: str, limit: int) -> str:
    """The text, cut in its middle to `limit` characters: both ends of an error say something."""
    text = encodable(text)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} … {len(text) - 2 * half} characters left out … {text[-half:]}"
