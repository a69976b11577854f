"""An exercise in lines: its help, its pieces, what the check says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from autograd_tutor.analysis.goal_graph import is_reached
from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.looks import ended_text, markdown_rows, open_step
from autograd_tutor.dialogue.place import Place
from autograd_tutor.messages import _
from autograd_tutor.playing import exercises
from autograd_tutor.playing.exercise_work import ExerciseWork, Notes
from autograd_tutor.playing.goal import Goal
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize, sanitize_line
from autograd_tutor.render.spoken_graph import goal_rows


class Exercises:
    """The exercises of one lesson."""

    def __init__(
        self,
        console: Console,
        walk: Walk,
        place: Place,
        notes: Notes,
        key: str,
        run_code: Callable[[str], None],
    ) -> None:
        """`key`: of the lesson, in the notes; `run_code` runs code in the open step."""
        self._place = place
        self._goal: Goal | None = None
        """The graph to be built, where it was asked for."""
        self._console = console
        self._walk = walk
        self._notes = notes
        self._key = key
        self._run_code = run_code
        self._work: dict[str, ExerciseWork] = {}
        self._tries = False
        """Whether the learner's code runs, or has run, and was not judged yet."""
        self._warned = ""
        """The step whose solution is shown when it is asked for again."""

    @property
    def work(self) -> ExerciseWork | None:
        """The work on the open step, if that is an exercise."""
        step = open_step(self._walk.run)
        if step.exercise is None:
            return None
        if step.id not in self._work:
            self._work[step.id] = ExerciseWork(self._notes, self._key, step)
        return self._work[step.id]

    def hint(self) -> None:
        """The next help: a hint, then the pieces, then the solution."""
        work = self.work
        if work is None:
            self._console.say(exercises.NO_EXERCISE)
        elif work.take_hint():
            self._console.say_all(
                self._markdown(_("Hint: {hints}").format(hints=work.exercise.hints[work.hints - 1]))
            )
        elif work.next_help == "pieces":
            self._console.say(_("There is no further hint; these are a solution's lines."))
            self.pieces("")
            self._console.say(_("solution shows them as they belong."))
        else:
            self.solution()

    def pieces(self, order: str) -> None:
        """List the solution's lines in another order, or put them in the order that is typed."""
        work = self.work
        if work is None or not work.exercise.pieces:
            self._console.say(exercises.NO_EXERCISE if work is None else _NO_PIECES)
            return
        if not work.settled and work.hints < len(work.exercise.hints):
            self._console.say(_("The pieces come after the hints: hint gives the next."))
            return
        if not order:
            self._console.say_all(_numbered(work.pieces))
            self._console.say(_("Type pieces and all numbers in order, as: pieces 3 1 2."))
            return
        numbers = [int(each) for each in re.findall(r"[0-9]{1,6}", order)]
        if sorted(numbers) != list(range(1, len(work.pieces) + 1)):
            self._console.say(
                _("Type each number from 1 to {count} once.").format(count=len(work.pieces))
            )
            return
        code = work.put(tuple(work.pieces[number - 1] for number in numbers))
        self._console.say(_("In your order:"))
        self._console.say_all(_numbered(code.rstrip("\n").split("\n")))
        self.keep(code)
        self._run_code(code)

    def solution(self) -> None:
        """Show the solution; of an exercise that is open, only when asked again."""
        work = self.work
        if work is None:
            self._console.say(exercises.NO_EXERCISE)
            return
        step = work.step.id
        if not work.settled and self._warned != step:
            self._warned = step
            self._console.say(_("solution again shows it, and the exercise counts as looked up."))
            return
        work.show_solution()
        self._console.say(_("A solution:"))
        self._console.say_all(_numbered(work.exercise.solution.rstrip("\n").split("\n")))
        if work.exercise.then.strip():
            self._console.say_all(self._markdown(work.exercise.then))

    def goal(self) -> None:
        """Say which graph is to be built, from a run of the solution that nobody sees."""
        work, run = self.work, self._walk.run.editable
        if work is None or run is None or not work.exercise.goal:
            self._console.say(_("No graph is asked for here."))
            return
        if self._goal is None or self._goal.step is not work.step:
            self._goal = goal = Goal(work.step, run.beside(work.exercise.solution))
            try:
                self._place.wait_until(lambda: bool(goal.graph or goal.problem), goal.take)
            except KeyboardInterrupt:
                self._goal = None
                goal.close()
                raise
        graph = self._goal.graph
        if graph is None:
            self._console.say(self._goal.problem)
        else:
            trace = self._walk.trace
            self._console.say_all(goal_rows(graph, is_reached(trace, len(trace) - 1, graph)))

    def reset(self) -> None:
        """The starter again; of what is the starter, the learner's code of before."""
        work = self.work
        assert work is not None
        code = work.reset()
        if code is None:
            self._console.say(exercises.NOTHING_TO_RESET)
            return
        is_starter = code == work.step.code
        self._console.say(_words(exercises.RESET if is_starter else exercises.BROUGHT_BACK))
        self._run_code(code)

    def keep(self, code: str) -> None:
        """Keep the learner's code of the open exercise."""
        work = self.work
        if work is not None and not work.keep(code):
            self._console.say(exercises.TOO_LONG)

    def begin_try(self) -> None:
        """Code runs, which is to be judged once if it is the learner's own."""
        self._tries = self.work is not None and self._walk.run.edited

    def verdict(self) -> None:
        """What the check says of the code; of a try that has ended, that is noted once."""
        run = self._walk.run
        standing = exercises.standing(run)
        if standing is None:
            self._console.say(exercises.NO_EXERCISE)
            return
        failure = ended_text(self._walk, at_end=True)
        if failure and standing.kind in ("raised", "ended"):
            self._console.say(failure)
        if standing.text:
            self._console.say_all(map(row, sanitize(_words(standing.text)).split("\n")))
        if self._tries and not run.running:
            self._note_try()
            if standing.kind == "solved":
                self.solution()

    def _note_try(self) -> None:
        self._tries = False
        work, run = self.work, self._walk.run
        if work is not None and run.editable is not None and not run.editable.refused:
            result = run.trace.result
            work.judged(None if result is None else result.verdict)

    def _markdown(self, text: str) -> Iterator[Row]:
        return markdown_rows(text, self._console.width)


def _numbered(lines: tuple[str, ...] | list[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        first, *others = line.split("\n")
        yield row(sanitize_line(f"{number}: {first}"))
        for other in others:
            yield row(sanitize_line(f"   {other}"))


_NO_PIECES = _("This exercise has no pieces.")

_KEYS = (
    (
        _("e edits the code, F5 runs it, H gives a hint."),
        _("edit opens the code, hint gives a hint."),
    ),
    (_("F5 runs"), _("run runs")),
    (_("H shows your code beside a solution."), _("show has your code.")),
    (_("R brings"), _("reset brings")),
    (_("R goes"), _("reset goes")),
)


def _words(text: str) -> str:
    """The same with commands in the place of keys."""
    for key, command in _KEYS:
        text = text.replace(key, command)
    return text
