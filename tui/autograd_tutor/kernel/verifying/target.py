"""The pass that a check is about: where it begins, which leaves it reaches, what it sends them."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel.graph import ACCUMULATE_GRAD
from autograd_tutor.kernel.running_pass import PassRequest, RunningPass
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.kernel.verifying.forks import is_foreign
from autograd_tutor.limits.checks import CHECKED_NAMES
from autograd_tutor.limits.kernel import NAME_CHARACTERS
from autograd_tutor.recording.checks import Check, CheckProblem
from autograd_tutor.recording.followed import is_followed, shown_path

_INSTALLED = ("torch", "autograd_tutor")
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_is_wrapped: Any = torch._C._functorch.is_functorch_wrapped_tensor

_batched: Any = torch._C._dispatch_key_parse("Batched")


class InTransform(Exception):
    """A pass is one of a transform of torch.func, where tensors have no numbers of their own."""

    problem: CheckProblem = "transform"


class Batched(InTransform):
    """A pass begins with several gradients at once: `is_grads_batched`."""

    problem = "batched"


class Source(NamedTuple):
    """Where the code of a step is."""

    filename: str
    lines_before: int
    namespace: dict[str, Any]

    def line(self) -> int:
        """The line of the step that runs now, the innermost; 0: none."""
        for frame in self._frames():
            return frame.f_lineno - self.lines_before
        return 0

    def place(self) -> tuple[int, str]:
        """The innermost line that runs and is not installed; and its file, `` the step's."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.filename:
            file = _file_of(frame)
            if file:
                return frame.f_lineno, file
            frame = frame.f_back
        return self.line(), ""

    def names(self) -> dict[int, str]:
        """What tensors are called now, by id()."""
        found: dict[int, str] = {}
        functions = [each for each in self._frames() if each.f_locals is not self.namespace]
        scopes = [("", self.namespace)]
        scopes += [(f"{each.f_code.co_name}().", dict(each.f_locals)) for each in functions]
        for prefix, variables in scopes:
            for name, tensor in Scope(variables, ()).tensors.items():
                found.setdefault(id(tensor), (prefix + name)[:NAME_CHARACTERS])
        return found

    def leaves(self) -> list[Any]:
        """The leaves that have a name and require grad."""
        scopes = [self.namespace, *(dict(frame.f_locals) for frame in self._frames())]
        named = {id(each): each for scope in scopes for each in Scope(scope, ()).tensors.values()}
        return [each for each in named.values() if each.requires_grad and each.is_leaf]

    def _frames(self) -> list[FrameType]:
        found: list[FrameType] = []
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.filename:
                found.append(frame)
            frame = frame.f_back
        return found


def _file_of(frame: FrameType) -> str:
    """`pkg/net.py`; `` for code of this program, or that is installed."""
    module, name = dict.get(frame.f_globals, "__name__"), frame.f_code.co_filename
    if type(module) is not str or is_followed(module, _INSTALLED) or name.startswith(_LIBRARIES):
        return ""
    return (shown_path(module, name) or "")[:NAME_CHARACTERS]


class ReachedLeaf(NamedTuple):
    """A leaf, and the first node of the pass that reads it."""

    tensor: Any
    node: Any
    """The one that accumulates its gradient; None: the pass does not reach it."""
    first: int | None
    """The sequence number of the first node that reads it."""
    outside: bool = False
    """Whether nodes between it and the root are older than the step."""


class Target:
    """Waits for the pass that a check is about. A `PassListener`."""

    def __init__(
        self,
        check: Check,
        source: Source,
        begins: Callable[[PassRequest], bool],
        ends: Callable[[RunningPass], None],
    ) -> None:
        """`begins` is called before it runs, and says whether `ends` is to be when it is done."""
        self._check = check
        self._source = source
        self._begins = begins
        self._ends = ends
        self.others: Callable[[], None] = lambda: None
        """Called before a pass that the check is not about."""
        self.call = 0
        self.found = 0
        """The number of the pass that a check is about; others may run inside of it."""
        self.lines: dict[int, None] = {}
        """Those of the step that have asked for passes."""
        self.closed = False
        """Whether what runs now is not the script."""
        self._raised: BaseException | None = None
        """What the script handled when the pass began."""
        self.fault: Exception | None = None

    def pass_begins(self, running: RunningPass) -> bool:
        """Count it."""
        if self.closed or is_foreign() or running.request is None or running.in_thread:
            return False
        self.call += 1
        line = self._check.line
        self._raised = sys.exc_info()[1]
        roots = [each.tensor for each in running.request.roots if each.tensor is not None]
        if any(map(_is_wrapped, roots)):
            raise InTransform
        here = self._source.line()
        if len(self.lines) < CHECKED_NAMES:
            self.lines[here] = None
        is_it = here == line if line else self.call == self._check.call
        if not is_it:
            self.others()
        else:
            self.found = self.call
            if any(
                _is_batched(each.seed) for each in running.request.roots if each.seed is not None
            ):
                raise Batched
        return is_it and self._begins(running.request)

    def pass_ended(self, running: RunningPass, failed: int | None) -> None:
        """The pass that was waited for is over, unless it raises at this moment."""
        if sys.exc_info()[1] is self._raised:
            self._ends(running)

    def record_gradients(self, gradients: Any) -> Any:
        """Nothing is recorded."""

    def node_ran(
        self, running: RunningPass, node: Any, number: int, grad_inputs: Any, grad_outputs: Any
    ) -> None:
        """Nothing is recorded."""

    def pass_over(self) -> None:
        """Nothing is recorded."""

    def pass_failed(self, fault: Exception) -> None:
        """This program itself has raised."""
        self.fault = fault


def _is_batched(tensor: Any) -> bool:
    """Whether it is one of several that are handled together."""
    return bool(torch._C._dispatch_keys(tensor).has(_batched))


def value_of(request: PassRequest, numbers: Callable[[torch.Tensor], torch.Tensor]) -> float:
    """The roots' elements times the gradients that the pass begins with, summed."""
    total = 0.0
    for root in request.roots:
        if root.tensor is not None:
            value = numbers(root.tensor)
            value = value if root.seed is None else value * root.seed.conj()
            total += float(value.sum().real)
    return total


def reached_leaves(request: PassRequest, since: int) -> tuple[list[ReachedLeaf], bool]:
    """The leaves that the pass reaches, in the order in which they were first read.

    Also whether nodes of the pass have smaller sequence numbers than `since`.
    """
    nodes, first = _walk(request.root_nodes)
    older = [each for each in nodes if _number_of(each) < since]
    _, outside = _walk(older)
    wanted = _wanted(request)
    reached = [
        ReachedLeaf(node.variable, node, number, node in outside) for node, number in first.items()
    ]
    reached = [each for each in reached if wanted is None or id(each.tensor) in wanted]
    return sorted(reached, key=lambda each: each.first or 0), bool(older)


def _walk(roots: Sequence[Any]) -> tuple[set[Any], dict[Any, int]]:
    """All nodes from there on; and those of leaves, with the number of the first that reads it."""
    first: dict[Any, int] = {}
    waiting = list(dict.fromkeys(roots))
    seen = {each for each in waiting if type(each).__name__ != ACCUMULATE_GRAD}
    while waiting:
        node = waiting.pop()
        for child, _ in node.next_functions:
            if child is None:
                continue
            if type(child).__name__ == ACCUMULATE_GRAD:
                number = _number_of(node)
                first[child] = min(first.get(child, number), number)
            elif child not in seen:
                seen.add(child)
                waiting.append(child)
    return seen, first


def _number_of(node: Any) -> int:
    return int(type(node)._sequence_nr(node))


def _wanted(request: PassRequest) -> set[int] | None:
    if request.inputs is None:
        return None
    return {id(each) for each in request.inputs if isinstance(each, torch.Tensor)}


def watch_gradients(
    reached: Sequence[ReachedLeaf], note: Callable[[int, torch.Tensor], None]
) -> list[Any]:
    """Call `note` with what comes to each leaf, after its own hooks, by its place in `reached`."""

    def noted(place: int, gradients: Any) -> None:
        if gradients and gradients[0] is not None:
            note(place, gradients[0])

    return [each.node.register_prehook(partial(noted, i)) for i, each in enumerate(reached)]
