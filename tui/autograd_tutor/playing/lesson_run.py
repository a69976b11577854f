"""One lesson that runs in a kernel: the traces so far, the learner's own code."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from autograd_tutor.client import (
    Broken,
    Ended,
    Kernel,
    KernelEvent,
    KernelLost,
    Ready,
    RunRecord,
    reason_of_end,
)
from autograd_tutor.client.refusals import SANDBOXED, unprotected
from autograd_tutor.course.asked import as_before
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.trust import Sandboxing
from autograd_tutor.limits.checks import CHECK_SECONDS
from autograd_tutor.limits.kernel import MOST_LOOKS
from autograd_tutor.messages import _
from autograd_tutor.playing.edits import Edit, edits_of, step_like, with_edits
from autograd_tutor.playing.forbidden import refusal
from autograd_tutor.playing.gate import NO_ANSWER, Asking, Gates
from autograd_tutor.playing.happenings import (
    Began,
    Happening,
    Recorded,
    SetupRaised,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.played import EarlierRun, Look
from autograd_tutor.playing.verification import Verification
from autograd_tutor.recording.checks import Check
from autograd_tutor.recording.picture import Looked, LookRequest, Picture
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.recording.wire import (
    Record,
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
)


class LessonRun:
    """A lesson that is being played; nothing else knows what a kernel's reports mean for it.

    All steps up to the one that is open are asked for in one run, each once the one before has
    ended; after one that failed, none is. Code that was edited, or a run
    that ended before its time, needs a new run, in which the earlier steps are played again.
    Of exercises only the open one is run, in a run that no other has been in; none with names that
    it does without.
    """

    def __init__(
        self,
        lesson: Lesson,
        kernel: Kernel,
        step: int = 0,
        edits: Sequence[Edit] = (),
        sandboxing: Sandboxing = Sandboxing(),  # noqa: B008 - a frozen value
        settled: Mapping[str, Collection[int]] = MappingProxyType({}),
    ) -> None:
        """`edits`: the learner's own code, from before. `sandboxing` holds for every run of it.

        `settled`: the numbers of questions that were answered or skipped before, by the step's id.
        """
        self.lesson = lesson
        self.sandboxing = sandboxing
        self._gates = Gates(settled)
        self.codes, self.lost = with_edits(lesson.steps, edits)
        self.step = max(0, min(step, len(lesson.steps) - 1))
        self._seed = lesson.seed
        self._stopped: str | None = None
        """Why the run is over, for people."""
        self._kernel = kernel
        self._run = -1
        self.recording = Recording()
        self._earlier: dict[int, EarlierRun] = {}
        self.start()

    def start(self) -> None:
        """Begin a new run and play every step up to the open one, or to one before that asks."""
        if self._run >= 0:
            self._kernel.kill(self._run)
        self._stopped = None
        self._over = False
        for trace in self.recording.traces.values():
            if len(trace) > 1:  # else it has hardly begun: the one before says more
                self._earlier[trace.step] = EarlierRun(trace, self._seed)
        self._seed = self.lesson.seed
        self.recording = Recording()
        self._timelines: dict[int, Timeline] = {}
        self._gates.begin_run()
        self._asked = 0
        self._asked_last: int | None = None
        """The step that runs now, or ran last."""
        self._asked_at = time.monotonic()
        self._looks = 0
        self._answers: dict[int, Callable[[Picture | None], None]] = {}
        """What is to be done with pictures that were asked for, by the numbers of these."""
        self._failed: int | None = None
        """The step that failed, so that none after it is run."""
        self.step = self.first_to_ask(self.step)
        lesson = self.lesson
        self._run = self._kernel.start_run(
            lesson.seed,
            lesson.setup,
            lesson.limits,
            lesson.path,
            self.sandboxing.on,
            lesson.invocation,
        )
        self._note_origin(self._kernel.torch)
        self._ask()

    def reread(self, lesson: Lesson) -> None:
        """Play the lesson as its file is now, up to the step that was open; edits are kept.

        Questions that were written anew are open again. `lost` are then the edits whose step is
        no longer there.
        """
        edits, before = self.edits, self.lesson.steps
        at = step_like(before[self.step], before, lesson.steps)
        at_last = min(self.step, len(lesson.steps) - 1)
        same = at is not None and len(before) == len(lesson.steps)
        self.lesson = lesson = as_before(lesson, self.lesson)
        self._gates.reread(before, lesson.steps)
        self.codes, self.lost = with_edits(lesson.steps, edits)
        self.step = at_last if at is None else at
        self.start()
        if not same:  # then a step's number says nothing of what it was
            self._earlier.clear()

    def reseed(self, seed: int) -> None:
        """Play every step up to the open one anew, with another seed."""
        self.lesson = replace(self.lesson, seed=seed)
        self.start()

    def close(self) -> None:
        """End the run for good."""
        self._kernel.kill(self._run)

    def go(self, step: int) -> bool:
        """Open another step and ask for it; False where there is none."""
        if not 0 <= step < len(self.lesson.steps):
            return False
        self.step = step
        if self._is_exercise(step) and self._left_out(self._asked_last):
            self.start()
        else:
            self._ask()
        return True

    def edit(self, code: str) -> None:
        """Replace the open step's code with the learner's and run it."""
        self.codes[self.step] = code
        self.start()

    def beside(self, code: str) -> LessonRun:
        """Another run of the lesson up to the open step, in which that has this code."""
        steps = self.lesson.steps
        settled = {each.id: range(len(each.predictions)) for each in steps}
        edit = Edit(steps[self.step], code, steps)
        return LessonRun(self.lesson, self._kernel, self.step, [edit], self.sandboxing, settled)

    def verify(self, call: int) -> Verification:
        """A check of a pass of the open step, in a run of its own."""
        check = Check(call, seconds=max(CHECK_SECONDS, self.lesson.limits.seconds))
        steps = [self.step]
        return Verification(self.lesson, self._kernel, steps, check, self.sandboxing.on, self.codes)

    def first_to_ask(self, step: int) -> int:
        """The first of the steps up to this one that has an open question; else this one."""
        may_ask = (
            before
            for before in range(step)
            if self._gates.may_ask(before, self._as_it_runs(before), self._will_not_run(before))
        )
        return next(may_ask, step)

    def _will_not_run(self, step: int) -> bool:
        """Whether no more of the step is recorded in this run."""
        return self._over or (self._failed is not None and step > self._failed)

    def _as_it_runs(self, step: int) -> Step:
        return self.lesson.steps[step].with_code(self.codes[step])

    @property
    def asking(self) -> Asking | None:
        """The question of the open step at which the rest of it is held back.

        Where the run is over, its answer is that there is none.
        """
        asking = self._gates[self.step].asking
        if asking is None or asking.answer is not None or not self._over:
            return asking
        why = self._stopped or NO_ANSWER
        return asking._replace(answer=Answer(asking.number, problem=why))

    @property
    def settled(self) -> bool:
        """Whether no question of the open step is open."""
        return self._gates[self.step].settled

    def settle(self, number: int) -> None:
        """A question of the open step is answered, or skipped: show what comes after it."""
        for record in self._gates.settle(self.step, number):
            self._add(record)

    def answer(self, number: int) -> Answer | None:
        """The answer to a question of the open step, as soon as the run has come to it."""
        return self._gates[self.step].answer(number)

    @property
    def editable(self) -> LessonRun:
        """Itself: its code can be edited and run again."""
        return self

    @property
    def earlier(self) -> EarlierRun | None:
        """The open step in the run before this one, where there was one."""
        return self._earlier.get(self.step)

    @property
    def sandboxed(self) -> bool:
        """Whether it runs in a sandbox."""
        return self.sandboxing.on

    @property
    def protection(self) -> str:
        """What there is to say of that when the lesson is opened."""
        return SANDBOXED if self.sandboxed else self.began("").unprotected

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What the learner has made of the lesson's code."""
        return edits_of(self.lesson.steps, self.codes)

    @property
    def edited(self) -> bool:
        """Whether the open step's code is not the lesson's own."""
        return self.codes[self.step] != self.lesson.steps[self.step].code

    @property
    def trace(self) -> Trace:
        """The trace of the open step; empty as long as nothing of it has been recorded."""
        return self.recording.traces[self.step]

    @property
    def timeline(self) -> Timeline:
        """The cursor in the open step."""
        timeline = self._timelines.get(self.step)
        if timeline is None:
            timeline = self._timelines[self.step] = Timeline(self.trace)
        return timeline

    @property
    def problem(self) -> str | None:
        """Why nothing more will be recorded of the open step, for people."""
        if self.asking is not None:
            return None
        if self.refused:
            return self._refusal(self.step)
        if self._failed is not None and self.step > self._failed:
            return _("This step was not run: step {failed} failed. P goes back.").format(
                failed=self._failed + 1
            )
        return self._stopped

    @property
    def refused(self) -> bool:
        """Whether the open step is not run for the names in its code."""
        return bool(self._refusal(self.step))

    @property
    def running(self) -> bool:
        """Whether snapshots of the open step may still come."""
        return not self.trace.done and self.problem is None and self.asking is None

    @property
    def recording_on(self) -> bool:
        """Whether the open step is still being recorded, also where a question holds that back."""
        asks = self.asking is not None and not self._over
        return self.running or (asks and not self._gates[self.step].ended)

    def take(self, event: KernelEvent) -> bool:
        """Take in what the kernel reports; whether the open step is affected."""
        before = self.problem, self.asking
        happening = self.hear(event)
        if isinstance(happening, Recorded | StepEnded) and happening.trace is self.trace:
            return True
        return (self.problem, self.asking) != before

    def hear(self, event: KernelEvent) -> Happening | None:
        """Take in what the kernel reports; what that means for this lesson, if anything."""
        match event:
            case RunRecord(run=run, record=record) if run == self._run:
                return self._record(record)
            case Ready(torch=torch):
                return self._note_origin(torch)
            case Broken(reason=reason) | KernelLost(reason=reason):
                # Records may still be on their way: of every run, `Ended` comes last.
                self._stopped = self._stopped or reason
            case Ended(run=run) if run == self._run:
                self._over = True
                return self._stop(event)
        return None

    def _note_origin(self, torch: str | None) -> Began | None:
        """Put into the recording what ran in which torch, as soon as that is known."""
        if torch is None or self.recording.origin is not None:
            return None
        # Late: no first screen has to wait for this.
        from autograd_tutor.course.saved import origin_of

        self.recording.origin = origin_of(self.lesson, torch, tuple(self.codes), self.sandboxed)
        return self.began(torch)

    def began(self, torch: str) -> Began:
        """That it runs, and how, in this version of torch."""
        on, missing = self.sandboxing
        return Began(torch, on, unprotected(missing) if missing else "")

    @property
    def newest(self) -> Trace | None:
        """The trace of the last step that has run, as long as the run is there and idle."""
        ran = [trace for trace in self.recording.traces.values() if trace.snapshots]
        idle = ran and ran[-1].done and ran[-1].step == self._asked_last
        return ran[-1] if idle and not self._over else None

    def look(self, look: Look, answer: Callable[[Picture | None], None]) -> bool:
        """Ask for a picture of what is there now; False where nobody could give it."""
        if self.newest is None or self._looks >= MOST_LOOKS:
            return False
        self._looks += 1
        self._answers[self._looks] = answer
        self._kernel.look(LookRequest(self._run, self._looks, *look))
        return True

    def _record(self, record: Record) -> Happening | None:
        if isinstance(record, Looked):
            self._answers.pop(record.number)(record.picture)
            return None
        if isinstance(record, SetupFailed):
            self._over = True
            self.recording.end = record
            raised = SetupRaised(record.error)
            self._stopped = raised.reason
            return raised
        step = record.result.step if isinstance(record, ResultRecord) else record.snapshot.step
        happening = None
        for seen in self._gates[step].pass_on(record):
            happening = self._add(seen)
        return happening

    def _add(self, record: SnapshotRecord | ResultRecord) -> Recorded | StepEnded:
        trace = self.recording.add(record)
        if isinstance(record, ResultRecord):
            ended = StepEnded(trace, record.result)
            if ended.goes_on or self._is_exercise(trace.step):
                self._ask()
            else:
                self._failed = trace.step
            return ended
        return Recorded(trace, len(trace) - 1)

    def _stop(self, end: Ended) -> Stopped:
        self._stopped = self._stopped or reason_of_end(end, self.lesson.limits)
        seconds = time.monotonic() - self._asked_at
        if self.recording.end is None and not self.trace.done:
            self.recording.end = RunEnded(end.cause, end.code, seconds)
        return Stopped(self.trace, end.cause, self._stopped, seconds)

    def _ask(self) -> None:
        """Ask for the next step up to the open one, unless one is busy or none is to be run."""
        for step in range(len(self.recording.traces), self.step + 1):
            asked = self.lesson.steps[step]
            self.recording.begin(step, self.codes[step], asked.first_line)
            self._gates.begin(step, self._as_it_runs(step), is_open=step == self.step)
        last = self._asked_last
        busy = last is not None and not self.recording.traces[last].done
        step = self._asked
        while step <= self.step and (self._left_out(step) or self._refusal(step)):
            step += 1
        if step > self.step or busy or self._over or self._failed is not None:
            return
        self._asked, self._asked_last = step + 1, step
        self._asked_at = time.monotonic()
        self._kernel.step(self.lesson.request(self._run, step, self.codes[step]))

    def _is_exercise(self, step: int) -> bool:
        return self.lesson.steps[step].exercise is not None

    def _left_out(self, step: int | None) -> bool:
        """Whether a step is an exercise that is not run for the open step."""
        return step is not None and step != self.step and self._is_exercise(step)

    def _refusal(self, step: int) -> str:
        """Why the code of an exercise is not run, for people."""
        own, code = self.lesson.steps[step], self.codes[step]
        if own.exercise is None or code == own.code:
            return ""
        return refusal(own.exercise.forbid, code)
