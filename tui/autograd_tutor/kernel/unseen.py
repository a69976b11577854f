"""Keeps the recorder out of the sight of torch's tracers, which follow the code that runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import torch

_Function = TypeVar("_Function", bound=Callable[..., Any])

_C: Any = torch._C
_dynamo: Any = getattr(getattr(_C, "_dynamo", None), "eval_frame", None)
_jit_state = _C._get_tracing_state
_set_jit_state = _C._set_tracing_state
_of_thread: Any = getattr(sys.modules.get("torch._guards"), "_TLS", None)


def unseen(function: _Function) -> _Function:
    """A decorator: Dynamo compiles neither this function nor what it calls.

    For what Python or torch calls while a snippet runs, which may be inside of `torch.compile`.
    """
    return _skipped(function, with_calls=True)


def unseen_itself(function: _Function) -> _Function:
    """As `unseen`, but what the function calls is the snippet's: Dynamo may compile that."""
    return _skipped(function, with_calls=False)


def _skipped(function: _Function, with_calls: bool) -> _Function:
    if hasattr(_dynamo, "set_code_exec_strategy"):
        skip, default = _dynamo._FrameAction.SKIP, _dynamo._FrameAction.DEFAULT
        strategy = _dynamo._FrameExecStrategy(skip, skip if with_calls else default)
        _dynamo.set_code_exec_strategy(function.__code__, strategy)
    return function


class Untraced:
    """A context manager: what is done inside is no part of what `torch.jit.trace` records."""

    __slots__ = ("_state",)

    def __enter__(self) -> None:
        self._state = _jit_state()
        if self._state is not None:
            _set_jit_state(None)

    def __exit__(self, *_: object) -> None:
        if self._state is not None:
            _set_jit_state(self._state)


def compiling() -> bool:
    """Whether torch follows the calling thread's code with tensors that are no values.

    They exist as long as something is being compiled or exported.
    """
    return getattr(_of_thread, "tracing_context", None) is not None
