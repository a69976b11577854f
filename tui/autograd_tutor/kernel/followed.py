"""Which code of other files is followed, as if the step had it: that of modules asked for."""

from __future__ import annotations

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
from autograd_tutor.limits.scripts import FOLLOWED_CHARACTERS, MODULE_CHARACTERS
from autograd_tutor.recording.followed import (
    Followed,
    Sources,
    Unfollowed,
    WhyNot,
    count_lines,
    is_followed,
)

_Key = tuple[str, int, bytes]


class _File(NamedTuple):
    """A file whose functions are followed."""

    followed: Followed
    keys: frozenset[_Key]
    """Of all code that its text compiles to. Other code of it is not what is written there."""


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
        self._modules: set[str] = set()
        """The modules of which a function was followed."""
        self._problems: dict[str, WhyNot] = {}
        """By module, why none was."""

    def of(self, frame: FrameType) -> _File | None:
        """The file of the function that runs in a frame; None where that is not followed."""
        name = frame.f_code.co_filename
        if name not in self.known:
            self.known[name] = self._found(name, frame)
        return self.known[name]

    def note(self, module: str, problem: WhyNot | None = None) -> None:
        """A function of a module is followed, or cannot be."""
        if problem is None:
            self._modules.add(module)
        else:
            self._problems[module] = problem

    def unfollowed(self) -> tuple[Unfollowed, ...]:
        """What was asked for and not followed so far."""
        failed = {name: why for name, why in self._problems.items() if name not in self._modules}
        found = [Unfollowed(name, why) for name, why in failed.items()]
        for asked in self._asked:
            if not any(is_followed(name, (asked,)) for name in (*self._modules, *failed)):
                imported = any(is_followed(name, (asked,)) for name in list(sys.modules))
                found.append(Unfollowed(asked, "uncalled" if imported else "unimported"))
        return tuple(found[:MOST_FOLLOWED])

    def _found(self, name: str, frame: FrameType) -> _File | None:
        module = dict.get(frame.f_globals, "__name__")
        if type(module) is not str or not is_followed(module, self._asked):
            return None
        path = shown_path(module, name)
        if path is None:
            return None
        code = _read(name)
        if code is None:
            self.note(module, "unreadable")
            return None
        if len(code) > FOLLOWED_CHARACTERS:
            self.note(module, "large")
            return None
        hooked = self.hooked.get(name)
        codes = _compiled(code, name) if hooked is None else codes_within(hooked)
        keys = frozenset(map(_key, codes))
        self._sources.add_file(name)
        self.followed.add(name)
        return _File(Followed(path, module, code), keys)


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
        file, code = self._files.of(frame), frame.f_code
        if file is None:
            return None
        module = file.followed.module
        if _key(code) not in file.keys:  # made at run time, by torch.compile for one
            self._files.note(module, "changed")
            return None
        found = StepCode(code)
        if not found.function or not found.is_followed:
            found.is_followed = False
            return found
        if code.co_filename not in self._before:
            self._before[code.co_filename] = self._add(file)
        before = self._before[code.co_filename]
        if before is None:
            self._files.note(module, "many")
            return None
        found.lines_before = -before
        found.hook_line = before + count_lines(file.followed.code) + 1
        if self._functions.setdefault(found.function, code.co_filename) != code.co_filename:
            found.function = f"{module.rpartition('.')[2]}.{found.function}"
        self._files.note(module)
        return found

    def _add(self, file: _File) -> int | None:
        part = self._sources.add(file.followed)
        if part is None:
            return None
        self._statements.add(tree_of(part.code), part.code, part.before)
        self._send(file.followed)
        return part.before


def shown_path(module: str, filename: str) -> str | None:
    """`pkg/net.py`; None where the module's name is none that a file can have."""
    names, file = module.split("."), filename.rpartition("/")[2]
    plain = len(module) <= MODULE_CHARACTERS and all(map(str.isidentifier, names))
    if not plain or not file.endswith(".py") or not file.isprintable():
        return None
    return "/".join([*(names if file == "__init__.py" else names[:-1]), file])


def _read(path: str) -> str | None:
    """The text of a file of Python, or the beginning of one that is too large."""
    try:
        with open(path, "rb") as file:
            return decode_source(file.read(FOLLOWED_CHARACTERS + 1))
    except (OSError, SyntaxError, UnicodeError, ValueError):
        return None


def _compiled(code: str, name: str) -> Iterator[CodeType]:
    """All code that a text compiles to; none where it does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it has shown them
        try:
            return codes_within(compile(code, name, "exec", dont_inherit=True))
        except (SyntaxError, ValueError):
            return iter(())


def _key(code: CodeType) -> _Key:
    return code.co_qualname, code.co_firstlineno, code.co_code
