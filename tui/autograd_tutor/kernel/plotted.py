"""Works out the function that a lesson has drawn: its values, and its slopes by autograd."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from time import thread_time
from typing import Any

import torch

from autograd_tutor.kernel.failure import describe
from autograd_tutor.kernel.interrupts import Interrupts, OutOfTime
from autograd_tutor.kernel.readings import Reading, number_in
from autograd_tutor.kernel.recorded_state import RecordedState
from autograd_tutor.kernel.undisturbed import undisturbed
from autograd_tutor.limits.kernel import MOST_TANGENTS, PLOT_POINTS, PLOT_SECONDS, REASON_CHARACTERS
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.plots import FunctionPoint, Plot, PlottedFunction


def plotter_of(plot: Plot | None, state: RecordedState) -> FunctionPlotter | None:
    """What works the picture out, where it is one of a function."""
    return None if plot is None or not plot.function else FunctionPlotter(plot, state)


class FunctionPlotter:
    """Follows where in a step the tangent is; works the function out when the step has ended."""

    def __init__(self, plot: Plot, state: RecordedState) -> None:
        self._plot = plot
        self._state = state
        self._places: dict[float, None] = {}
        self._note()

    def following(self, emit: Callable[[Snapshot], None]) -> Callable[[Snapshot], None]:
        """`emit`, as what passes through it is looked at."""

        def followed(snapshot: Snapshot) -> None:
            self._note_change(snapshot)
            emit(snapshot)

        return followed

    def _note_change(self, snapshot: Snapshot) -> None:
        name = self._plot.at
        if (tensor := snapshot.tensors.get(name)) is not None:
            self._add(number_in(tensor))
        elif (text := snapshot.values.get(name)) is not None:
            self._add(_number(text))

    def plotted(self, namespace: dict[str, Any], interrupts: Interrupts) -> PlottedFunction:
        """The function in numbers. Uses no random numbers, fills no `.grad`, and prints nothing.

        `interrupts` is unblocked while the function runs.
        """
        self._note()
        points: list[FunctionPoint] = []
        at: list[FunctionPoint] = []
        with undisturbed():
            try:
                interrupts.unblock()
                problem = self._work_out(namespace, points, at)
                interrupts.blocked = True
            except OutOfTime:
                interrupts.blocked = True
                problem = "takes too long"
            except BaseException as error:  # noqa: BLE001 - whatever the function raises is shown
                interrupts.blocked = True
                described = describe(error, "<plot>", ())
                problem = f"fails: {described.type}: {described.message}"[:REASON_CHARACTERS]
        return PlottedFunction(tuple(points), tuple(at), problem)

    def _work_out(
        self, namespace: dict[str, Any], points: list[FunctionPoint], at: list[FunctionPoint]
    ) -> str | None:
        """Append the points, those with a tangent first; what is wrong with the function."""
        plot = self._plot
        function = eval(compile(plot.function, "<plot>", "eval"), namespace)
        if not callable(function):
            return "is no function"
        derivative = _Derivative(function, self._state.reading(plot.at))
        distance = (plot.high - plot.low) / (PLOT_POINTS - 1)
        grid = [plot.low + distance * number for number in range(PLOT_POINTS - 1)]
        with torch.inference_mode(False), torch.enable_grad():
            problem = derivative.append(sorted(self._places), at)
            problem = problem or derivative.append([*grid, plot.high], points)
        if problem is None and not derivative.depends:
            return "does not depend on its argument, as autograd sees it"
        return problem

    def _note(self) -> None:
        """Take the number as the receiver knows it."""
        reading, text = self._state.reading(self._plot.at), self._state.text(self._plot.at)
        if reading is not None:
            self._add(number_in(reading))
        elif text is not None:
            self._add(_number(text))

    def _add(self, place: float | None) -> None:
        if place is not None and math.isfinite(place) and len(self._places) < MOST_TANGENTS:
            self._places[place] = None


class _Derivative:
    """A function of one number, asked for its values and slopes within a time."""

    def __init__(self, function: Callable[[torch.Tensor], object], like: Reading | None) -> None:
        """The function's argument is a tensor of the shape and type of `like`."""
        self._function = function
        self._shape: tuple[int, ...] = ()
        self._dtype = torch.get_default_dtype()
        if like is not None and number_in(like) is not None:
            self._shape = tuple(like.shape or ())
            dtype = getattr(torch, str(like.dtype).removeprefix("torch."))
            self._dtype = dtype if dtype.is_floating_point else self._dtype
        self._end = thread_time() + PLOT_SECONDS
        self.depends = False
        """Whether autograd has seen a value depend on the argument."""

    def append(self, places: Iterable[float], to: list[FunctionPoint]) -> str | None:
        """Append the points at these places; what is wrong with the function."""
        for place in places:
            if thread_time() > self._end:
                return f"takes longer than {PLOT_SECONDS:g} s for its points"
            argument = torch.full(self._shape, place, dtype=self._dtype, device="cpu")
            value = self._function(argument.requires_grad_())
            if not isinstance(value, torch.Tensor):
                return f"gives no tensor but {type(value).__name__}"
            if value.numel() != 1 or value.is_complex():
                return f"gives no single number but a tensor of shape {tuple(value.shape)}"
            to.append((place, float(value.detach().item()), self._slope(value, argument)))
        return None

    def _slope(self, value: torch.Tensor, argument: torch.Tensor) -> float:
        if not value.requires_grad:
            return 0.0
        slopes: tuple[torch.Tensor | None, ...] = torch.autograd.grad(
            value.sum(), argument, allow_unused=True
        )
        slope = slopes[0]
        if slope is None:
            return 0.0
        self.depends = True
        return float(slope.item())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
