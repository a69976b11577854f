"""Notices calls of torch's and Python's own functions: `step`, `zero_grad`, and warnings.

Python tells the trace function of every call, and with it of these; nothing is put in their place,
so that a snippet sees what it would see without a recorder.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel.categories import Category, shown_name, type_info_of
from autograd_tutor.kernel.optimizers import held_by, tensors_among
from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.kernel.values import module_parts
from autograd_tutor.limits.kernel import MESSAGE_CHARACTERS, MOST_TENSORS
from autograd_tutor.limits.records import LINE_CALLS, LINE_WARNINGS
from autograd_tutor.recording.evidence import Warned
from autograd_tutor.recording.printable import encodable

_version = vars(torch._C.TensorBase)["_version"].__get__
_args_of = BaseException.__dict__["args"].__get__
_name_of = type.__dict__["__name__"].__get__
_MOST_FRAMES = 50
"""Frames between a warning and the place that it is about."""

Watcher = Callable[[types.FrameType, int, int], None]
"""Called with the frame of a call, the depth of the snippet's line that made it, and that line."""


class Called(NamedTuple):
    """`step` or `zero_grad` was called; what its owner held then, and at which versions."""

    owner: int
    """The id() of the optimizer or module."""
    steps: bool
    depth: int
    held: tuple[tuple[Reference[Any], int | None], ...]
    edited: set[int]
    """Tensors, by identity, whose elements have changed in lines that it has run."""
    calls: int = 1


class Calls(NamedTuple):
    """At the end of a line: those that it has made, and those of lines further out."""

    ended: tuple[Called, ...] = ()
    running: tuple[Called, ...] = ()


class _Shown(int):
    """Stands in a registry of warnings for True: Python asks it before it shows one again."""

    text: str
    category: str

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return "True"


class CallWatcher:
    """What the lines that run now have called. Holds no tensor alive."""

    def __init__(self, own: dict[str, Any]) -> None:
        """`own`: the snippet's namespace, whose registry of warnings is left as it is."""
        self._own = own
        self._warned: list[tuple[Warned, int]] = []
        """And the depths of the lines."""
        self._raised = "", 0
        """The message of the last RuntimeError, and the depth of the line that it came to."""
        self._called: dict[tuple[int, bool, int], Called] = {}
        self._marked: list[tuple[dict[Any, Any], Any]] = []
        """Registries of warnings, and what they hold a mark for."""
        self.codes: dict[int, Watcher] = {}
        """By the id() of the code whose calls are noticed."""
        show = getattr(warnings, "_showwarnmsg", None)
        self._watch(getattr(show, "original", show), self._warning_shown)  # see `own_stack`
        self._watch(_Shown.__bool__, self._warning_hidden)
        self._watch(_inner_of(vars(torch.nn.Module).get("zero_grad")), self._module_clears)
        optimizer = getattr(sys.modules.get("torch.optim.optimizer"), "Optimizer", None)
        if isinstance(optimizer, type):
            methods = vars(optimizer)
            self._watch(_inner_of(methods.get("zero_grad")), self._optimizer_clears)
            self._watch(_step_wrapper(methods.get("profile_hook_step")), self._optimizer_steps)

    def _watch(self, function: Any, watcher: Watcher) -> None:
        code = function if isinstance(function, types.CodeType) else None
        if isinstance(function, types.FunctionType):
            code = function.__code__
        if code is not None:
            self.codes[id(code)] = watcher

    @property
    def pending(self) -> bool:
        """Whether there is something to take."""
        return bool(self._warned or self._called or self._raised[0])

    def remove_marks(self) -> None:
        """Leave the registries of warnings as Python would have them."""
        for registry, key in self._marked:
            if type(registry.get(key)) is _Shown:
                registry[key] = True
        self._marked.clear()

    def take_calls(self, depth: int) -> Calls:
        """The calls that a line at this depth has made, directly or not; it has ended."""
        running = {key: each for key, each in self._called.items() if each.depth < depth}
        ended = tuple([each for each in self._called.values() if each.depth >= depth])
        self._called = running
        return Calls(ended, tuple(running.values()))

    def take_warnings(self, depth: int) -> tuple[Warned, ...]:
        """The warnings of a line at this depth, each once."""
        taken = tuple(dict.fromkeys(each for each, made_at in self._warned if made_at >= depth))
        self._warned = [each for each in self._warned if each[1] < depth]
        return taken

    def take_raised(self, depth: int) -> str:
        """The message of a RuntimeError that came to a line at this depth."""
        text, made_at = self._raised
        if made_at < depth:
            return ""
        self._raised = "", 0
        return text

    def raised(self, kind: type, came: BaseException, depth: int, line: int) -> None:
        """A warning was raised as an exception, or a RuntimeError, and came to a line."""
        if kind is RuntimeError:
            self._raised = encodable(_text_of(came))[:MESSAGE_CHARACTERS], depth
        else:
            self._add_warning(kind, came, depth, line)

    def _optimizer_steps(self, frame: types.FrameType, depth: int, line: int) -> None:
        arguments = frame.f_locals.get("args")
        if type(arguments) is tuple and arguments:
            self._add_call(arguments[0], held_by(arguments[0]), True, depth)

    def _optimizer_clears(self, frame: types.FrameType, depth: int, line: int) -> None:
        optimizer = frame.f_locals.get("self")
        self._add_call(optimizer, held_by(optimizer), False, depth)

    def _module_clears(self, frame: types.FrameType, depth: int, line: int) -> None:
        module = frame.f_locals.get("self")
        self._add_call(module, _parameters_of(module), False, depth)

    def _add_call(self, owner: Any, held: list[Any], steps: bool, depth: int) -> None:
        key = id(owner), steps, depth
        known = self._called.get(key)
        if known is not None:
            self._called[key] = known._replace(calls=known.calls + 1)
        elif len(self._called) < LINE_CALLS:
            versions = [(Reference(each), version_of(each)) for each in tensors_among(held)]
            self._called[key] = Called(id(owner), steps, depth, tuple(versions), set())

    def _warning_shown(self, frame: types.FrameType, depth: int, line: int) -> None:
        message = frame.f_locals.get("msg")
        if type(message) is not warnings.WarningMessage:
            return
        text = self._add_warning(message.category, message.message, depth, line)
        self._mark(frame, message, text)

    def _mark(self, frame: types.FrameType, message: Any, text: str) -> None:
        """Let Python's registry say when it does not show this warning again.

        That of the snippet's own module is left alone: there, it is the same line again.
        """
        found: types.FrameType | None = frame.f_back
        for _ in range(_MOST_FRAMES):
            if found is None or found.f_code.co_filename == message.filename:
                break
            found = found.f_back
        if found is None or found.f_globals is self._own:
            return
        registry = found.f_globals.get("__warningregistry__")
        key = (text, message.category, message.lineno)
        if type(registry) is not dict or type(message.category) is not type:
            return
        if registry.get(key) is True:
            mark = registry[key] = _Shown(1)
            mark.text, mark.category = text, _name_of(message.category)
            self._marked.append((registry, key))

    def _warning_hidden(self, frame: types.FrameType, depth: int, line: int) -> None:
        mark = frame.f_locals.get("self")
        if type(mark) is _Shown:
            self._note(mark.category, mark.text, depth, line, shown=False)

    def _add_warning(self, kind: type, warning: Any, depth: int, line: int) -> str:
        """Note a warning; its text, as far as it can be read without running any code."""
        text = _text_of(warning) if isinstance(warning, BaseException) else ""
        self._note(_name_of(kind), text, depth, line, shown=True)
        return text

    def _note(self, category: str, text: str, depth: int, line: int, shown: bool) -> None:
        if len(self._warned) < LINE_WARNINGS:
            message = encodable(text)[:MESSAGE_CHARACTERS]
            self._warned.append((Warned(shown_name(category), message, line, shown), depth))


def _text_of(error: BaseException) -> str:
    """The first argument of an exception, where that is text."""
    arguments = _args_of(error)
    return arguments[0] if arguments and type(arguments[0]) is str else ""


def version_of(tensor: Any) -> int | None:
    """The version of a tensor; None where it has none."""
    try:
        return int(_version(tensor))
    except RuntimeError:  # made in inference mode
        return None


def _parameters_of(module: Any) -> list[Any]:
    """The parameters of a module and of those in it, each once."""
    found: dict[int, Any] = {}
    seen: set[int] = set()
    waiting = [module]
    while waiting and len(found) < MOST_TENSORS:
        module = waiting.pop()
        if id(module) in seen or type_info_of(module).category is not Category.MODULE:
            continue
        seen.add(id(module))
        parameters, _, children, _ = module_parts(module)
        found |= {id(each): each for each in list(dict.values(parameters))}
        waiting += list(dict.values(children))
    return list(found.values())


def _inner_of(function: Any) -> Any:
    """The function inside of decorators."""
    while isinstance(function, types.FunctionType) and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _step_wrapper(profile_hook_step: Any) -> types.CodeType | None:
    """The code of what torch puts around the `step` of every class of optimizers."""
    function = getattr(profile_hook_step, "__func__", None)
    if not isinstance(function, types.FunctionType):
        return None
    codes = [each for each in function.__code__.co_consts if isinstance(each, types.CodeType)]
    return next((each for each in codes if each.co_name == "wrapper"), None)
