"""What the keys do in an exercise: its code, its hints, and what comes after them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.messages import _
from autograd_tutor.playing import exercises
from autograd_tutor.playing.exercise_work import NOTHING_WRITTEN, ExerciseWork, Notes
from autograd_tutor.playing.exercises import Standing, standing
from autograd_tutor.playing.goal import Goal
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.ui.edit_keys import EditKeys

if TYPE_CHECKING:
    from autograd_tutor.ui.edit_screen import Edited
    from autograd_tutor.ui.pieces_screen import PiecesScreen

_HELP = {"hint": _("hint"), "pieces": _("lines in order"), "solution": _("solution")}


class ExerciseKeys(EditKeys):
    """A lesson whose exercises can be worked on."""

    notes: Notes | None
    key: str | None

    def __init__(self) -> None:
        super().__init__()
        self._works: dict[str, ExerciseWork] = {}
        """By the ids of steps."""
        self._goal: Goal | None = None
        self._tried: ExerciseWork | None = None
        """What was written by the learner, and runs, and is not judged yet."""

    @abstractmethod
    def _show(self) -> None:
        """Show everything that depends on the moment."""

    @property
    def work(self) -> ExerciseWork | None:
        """What the learner does with the exercise that is open; None where none is."""
        step, key = self._step, self.key
        if step.exercise is None or key is None or self.notes is None:
            return None
        work = self._works.get(step.id)
        if work is None or work.step is not step:  # its file may have been read again
            work = self._works[step.id] = ExerciseWork(self.notes, key, step)
        return work

    def done_with(self, step: Step) -> str:
        """`solved`, `shown`: its solution was looked at; or nothing, as of what is no exercise."""
        if step.exercise is None or self.key is None or self.notes is None:
            return ""
        return self.notes.exercise(self.key, step.id).state

    def action_edit(self) -> None:
        if self.work is None or not self.walk.may_edit():
            super().action_edit()
            return
        from autograd_tutor.ui.edit_screen import EditScreen

        screen = EditScreen(self._step, self.work.code, work=self.work)
        self.app.push_screen(screen, partial(self._edited, self._step, self.run.lesson))

    def action_run_again(self) -> None:
        work = self.work
        if work is not None and self._unrun:
            self._run_code(work.code)
        else:
            super().action_run_again()

    def action_hint(self) -> None:
        work = self.work
        if work is None:
            self.say(exercises.NO_EXERCISE)
        elif work.take_hint():
            self._show_task(bring=True)
            self.say("")
        elif work.next_help == "solution":
            self._show_solution(work)
        else:
            from autograd_tutor.ui.pieces_screen import PiecesScreen

            screen = PiecesScreen(work)
            self.app.push_screen(screen, lambda _: self._put_in_order(work, screen))

    def action_reset(self) -> None:
        work = self.work
        code = None if work is None else work.reset()
        if work is None or code is None:
            self.say(exercises.NO_EXERCISE if work is None else exercises.NOTHING_TO_RESET)
            return
        self._tried = None
        self._opened(self.walk.edit(code))
        self.say(exercises.RESET if code == work.step.code else exercises.BROUGHT_BACK)

    def _edited(self, step: Step, lesson: Lesson, edited: Edited | None) -> None:
        super()._edited(step, lesson, edited)
        if edited is None and self.work is not None:
            self._show_task()
            self.say(exercises.KEPT if self._unrun else "")

    def _run_code(self, code: str) -> None:
        """Run it; what was made of an exercise to its end, where it is judged."""
        if self.work is None:
            super()._run_code(code)
            return
        code = code or NOTHING_WRITTEN
        kept = self.work.keep(code)
        self._tried = None if code == self.work.step.code else self.work
        super()._run_code(code)
        self.walk.last()
        self._show()
        self.say("" if kept else exercises.TOO_LONG)

    def _note_verdict(self) -> None:
        """Note what a try has led to, once that is known; and any run that solves the exercise."""
        work, run, result = self.work, self.run, self.run.trace.result
        if work is None or run.running:
            return
        verdict = None if result is None else result.verdict
        is_try = work is self._tried
        if is_try:
            self._tried = None
        elif verdict is None or not verdict.solved or not run.edited or work.solved:
            return
        if run.editable is not None and not run.editable.refused:
            work.judged(verdict)
            self._show_task(bring=work.solved)

    def _put_in_order(self, work: ExerciseWork, screen: PiecesScreen) -> None:
        code = work.put(screen.order)
        if screen.leads_to == "check":
            self._run_code(code)
        elif screen.leads_to == "solution":
            self._show_solution(work, asked=True)

    def _show_solution(self, work: ExerciseWork, asked: bool = False) -> None:
        """Show a solution; unless it counts as done, only when it is asked for again."""
        from autograd_tutor.ui.solution_screen import SolutionScreen

        if not (asked or work.settled or self.walk.message == exercises.SHOWS_SOLUTION):
            self.say(exercises.SHOWS_SOLUTION)
            return
        work.show_solution()
        self._show()
        self.app.push_screen(SolutionScreen(work, self.run.codes[self.run.step]))

    @property
    def standing(self) -> Standing | None:
        """Where the learner stands in the exercise that is open; None where none is."""
        return standing(self.run, "" if self.work is None else self.work.state)

    @property
    def _unrun(self) -> bool:
        """Whether the learner's code is not what was run."""
        return self.work is not None and self.work.code != self.run.codes[self.run.step]

    @property
    def _of_task(self) -> Sequence[Hint]:
        """The keys of an exercise, as the bar of keys has them."""
        work, stand = self.work, self.standing
        if work is None or stand is None:
            return ()
        solved = stand.kind == "solved"
        unrun = self._unrun
        return (
            Hint("e", _("edit"), not solved),
            *([Hint("F5", _("run"), True)] if unrun else []),
            Hint("H", _HELP[work.next_help], solved),
            *([Hint("R", _("starter"))] if self.run.edited or unrun else []),
        )

    def close_runs(self) -> None:
        """End all that runs for this screen."""
        self.run.close()
        if self._goal is not None:
            self._goal.close()

    def _look_for_goal(self) -> None:
        """Have the graph drawn that the exercise wants to be built, once its own code has run."""
        work, run, goal = self.work, self.run.editable, self._goal
        if goal is not None and (work is None or goal.step is not work.step):
            goal.close()
            goal = self._goal = None
        idle = run is not None and not run.running
        if goal is None and work is not None and work.exercise.goal and run is not None and idle:
            self._goal = Goal(work.step, run.beside(work.exercise.solution))
        self._panes.goal = None if self._goal is None else self._goal.graph

    def _show_task(self, bring: bool = False) -> None:
        """Show the task with what was said of it meanwhile; `bring`: on the screen."""
        work = self.work
        if work is not None:
            self._panes.show_task(self._step, work.text, bring)
