"""Which code of other files is followed, as if the step had it: that of modules asked for."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.util import decode_source
from types import CodeType, FrameType
from typing import NamedTuple

from autograd_tutor.kernel.sources import Sources as KnownSources
from autograd_tutor.kernel.statements import Statements, tree_of
from autograd_tutor.kernel.step_code import StepCode, codes_within
from autograd_tutor.limits.records import MOST_FOLLOWED
from autograd_tutor.limits.scripts import FOLLOWED_CHARACTERS
from autograd_tutor.recording.followed import (
    Followed,
    Sources,
    Unfollowed,
    WhyNot,
    count_lines,
    is_followed,
    shown_path,
)

_Key = tuple[object, ...]
_Stamp = tuple[int, int, int]


class _File(NamedTuple):
    """A file whose functions are followed."""

    followed: Followed
    keys: frozenset[_Key]
    """Of all code that its text compiles to. Other code of it is not what is written there."""
    stamp: _Stamp | None
    """What told it from later versions when it was read."""


class ModuleFiles:
    """The files of the modules that a run was asked to follow, found as their functions run."""

    def __init__(self, asked: tuple[str, ...], sources: KnownSources) -> None:
        """`sources`: what tracebacks have the frames of."""
        self._asked = asked
        self._sources = sources
        self.known: dict[str, _File | None] = {}
        """By the name of a file as code has it; None: it is not followed."""
        self.hooked: dict[str, CodeType] = {}
        """By file the code of those that were imported with calls of ours in it."""
        self.followed: set[str] = set()
        """The names of the files that are."""
        self._shown: dict[str, str] = {}
        """By the name of a file of which a function was followed its module."""
        self._problems: dict[tuple[str, WhyNot], str] = {}
        """By file and reason why functions of it were not, its module."""

    def of(self, frame: FrameType) -> _File | None:
        """The file of the function that runs in a frame; None where that is not followed."""
        name = frame.f_code.co_filename
        if name not in self.known:
            self.known[name] = self._found(name, frame)
        return self.known[name]

    def note(self, file: str, module: str, problem: WhyNot | None = None) -> None:
        """A function of a module's file is followed, or cannot be."""
        if problem is None:
            self._shown[file] = module
        else:
            self._problems[file, problem] = module

    def changed(self, file: str) -> WhyNot:
        """Why code of a file is none that was read there."""
        known = self.known.get(file)
        return "edited" if known is not None and known.stamp != _stamp(file) else "changed"

    def unfollowed(self) -> tuple[Unfollowed, ...]:
        """What was asked for and not followed so far."""
        modules, found = set(self._shown.values()), dict[Unfollowed, None]()
        for (file, why), module in self._problems.items():
            if file not in self._shown:  # else "changed" is what torch.compile has made
                found[Unfollowed(module, "namesake" if module in modules else why)] = None
            elif why == "edited":
                found[Unfollowed(module, why)] = None
        known = (*modules, *(each.module for each in found))
        for asked in self._asked:
            if not any(is_followed(name, (asked,)) for name in known):
                imported = any(is_followed(name, (asked,)) for name in list(sys.modules))
                found[Unfollowed(asked, "uncalled" if imported else "unimported")] = None
        return tuple(found)[:MOST_FOLLOWED]

    def _found(self, name: str, frame: FrameType) -> _File | None:
        module = dict.get(frame.f_globals, "__name__")
        if type(module) is not str or not is_followed(module, self._asked):
            return None
        path = shown_path(module, name)
        if path is None:
            return None
        stamp, code = _stamp(name), _read(name)
        if code is None:
            self.note(name, module, "unreadable")
            return None
        if len(code) > FOLLOWED_CHARACTERS:
            self.note(name, module, "large")
            return None
        hooked = self.hooked.get(name)
        codes = _compiled(code, name) if hooked is None else codes_within(hooked)
        keys = frozenset(map(_key, codes))
        self._sources.add_file(name)
        self.followed.add(name)
        return _File(Followed(path, module, code), keys, stamp)


class StepFiles:
    """The lines that a step gives to the files which it steps into."""

    def __init__(
        self,
        files: ModuleFiles,
        code: str,
        statements: Statements,
        send: Callable[[Followed], None],
    ) -> None:
        """`code` and `statements`: of the step; `send` gets each file before a line of it."""
        self.known = files.known
        self._files = files
        self._sources = Sources(code)
        self._statements = statements
        self._send = send
        self._before: dict[str, int | None] = {}
        """By the name of a file how many lines come before its own; None: it has none."""
        self._functions: dict[str, str] = {}
        """Which file has a function of that name."""

    def take(self, codes: dict[int, StepCode]) -> None:
        """Know the functions of the step itself, by the names that are taken."""
        self._functions = {each.function: "" for each in codes.values()}

    def code_of(self, frame: FrameType) -> StepCode | None:
        """What is known of the code in a frame, a new one; None where it is not followed."""
        file, code, name = self._files.of(frame), frame.f_code, frame.f_code.co_filename
        if file is None:
            return None
        module = file.followed.module
        if _key(code) not in file.keys:  # made at run time, by torch.compile for one
            self._files.note(name, module, self._files.changed(name))
            return None
        found = StepCode(code)
        if not found.function or not found.is_followed:
            found.is_followed = False
            return found
        if name not in self._before:
            self._before[name] = self._add(name, file)
        before = self._before[name]
        if before is None:
            return None
        found.lines_before = -before
        found.hook_line = before + count_lines(file.followed.code) + 1
        found.function = self._free_name(found.function, module, name)
        self._files.note(name, module)
        return found

    def _free_name(self, function: str, module: str, file: str) -> str:
        """The name of a function, with as much of its module's as tells it from other files'."""
        name, left = function, list[str]()
        while self._functions.setdefault(name, file) != file:
            left = left or module.split(".")  # again where a class is called like the module
            name = f"{left.pop()}.{name}"
        return name

    def _add(self, name: str, file: _File) -> int | None:
        part = self._sources.add(file.followed)
        if part is None:
            why: WhyNot = "namesake" if self._sources.has(file.followed.file) else "many"
            self._files.note(name, file.followed.module, why)
            return None
        self._statements.add(tree_of(part.code), part.code, part.before)
        self._send(file.followed)
        return part.before


def _read(path: str) -> str | None:
    """The text of a file of Python, or the beginning of one that is too large."""
    try:
        with open(path, "rb") as file:
            return decode_source(file.read(FOLLOWED_CHARACTERS + 1))
    except (OSError, SyntaxError, UnicodeError, ValueError):
        return None


def _stamp(path: str) -> _Stamp | None:
    """What becomes another when a file is written; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _compiled(code: str, name: str) -> Iterator[CodeType]:
    """All code that a text compiles to; none where it does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it has shown them
        try:
            return codes_within(compile(code, name, "exec", dont_inherit=True))
        except (SyntaxError, ValueError):
            return iter(())


def _key(code: CodeType) -> _Key:
    """All that makes code what it is: its lines, its instructions, and what these name."""
    return (
        code.co_qualname, code.co_flags, code.co_argcount, *code.co_lines(), code.co_code,
        code.co_exceptiontable, code.co_names, code.co_varnames, code.co_cellvars,
        code.co_freevars, tuple(map(_constant, code.co_consts)),
    )  # fmt: skip


def _constant(value: object) -> object:
    """A constant of code so that equal ones are alike: 1 is not True, nor 0.0 -0.0.

    The hook that we have put into some is like any other.
    """
    if isinstance(value, CodeType):
        return _key(value)
    if isinstance(value, (tuple, frozenset)):
        return type(value), type(value)(map(_constant, value))
    if isinstance(value, (float, complex)):
        return type(value), repr(value)
    return type(value), value if isinstance(value, (int, str, bytes)) else None
