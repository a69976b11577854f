"""The program in lines: which lesson is open, and how one gets to another."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from types import FrameType

from autograd_tutor.client import Kernel
from autograd_tutor.course import library, search
from autograd_tutor.course import target as targets
from autograd_tutor.course.asked import Asked
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError
from autograd_tutor.course.summary import Summary, summary_of
from autograd_tutor.course.target import Target
from autograd_tutor.course.trust import require_sandbox, sandboxing
from autograd_tutor.dialogue.console import BadLine, Console
from autograd_tutor.dialogue.elsewhere import After, Elsewhere
from autograd_tutor.dialogue.kept import Kept
from autograd_tutor.dialogue.lists import Lists
from autograd_tutor.dialogue.reports import Reports
from autograd_tutor.dialogue.review import ReviewTalks
from autograd_tutor.dialogue.talk import Talk
from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages, review
from autograd_tutor.playing.edits import Edit
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.reviewing import due_now, note_if_finished
from autograd_tutor.playing.saved_run import SavedRun
from autograd_tutor.playing.walk import Walk
from autograd_tutor.progress import Progress, state_folder
from autograd_tutor.progress.notes import Key
from autograd_tutor.recording.recognition import RecordingError
from autograd_tutor.render.rows import row
from autograd_tutor.render.sanitize import sanitize, sanitize_line
from autograd_tutor.render.standing import standing_of

_WELCOME = _("autograd-tutor in lines. Type a command and press Enter; ? lists the commands.")
_CHOOSING = _(
    "Type the number or name of a lesson, or the path of its file. find WORDS looks for lessons "
    "and steps, lessons lists them again, path lists paths through the course and follows one, "
    "review asks what is due, quit ends the program. All other commands come with a lesson."
)
_MOST_FOUND = 20


def run(
    target: str | None,
    ascii_only: bool,
    sandbox: bool | None,
    review: bool = False,
    asked: Asked | None = None,
) -> int:
    """Open a lesson, or ask which; the program's exit status.

    `review`: after what is due has been asked. `asked`: how a script is run.
    Raises CourseError or RecordingError when the target cannot be opened.
    """
    if sandbox:
        require_sandbox()
    console = Console(ascii_only)
    with ExitStack() as stack, _ended_in_order():
        first = None if target is None else targets.find(target)
        if first is not None and asked is not None:
            first = asked.of_target(first)
        progress = Progress.open()
        stack.callback(_close, progress)
        session = Session(console, progress, stack, sandbox)
        if first is None or first.recording is None:
            session.kernel  # noqa: B018 - torch is on its way while the learner reads
        console.say(_WELCOME)
        session.play(first, review)
    return 0


def _close(progress: Progress) -> None:
    progress.close()
    if progress.unsaved:
        reason = _("Progress of this sitting is not saved: {unsaved}.").format(
            unsaved=progress.unsaved
        )
        print(f"autograd-tutor: {reason}", file=sys.stderr)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """While this lasts, a signal to end the program lets it keep what is to be kept."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Session:
    """One sitting: lesson after lesson."""

    def __init__(
        self, console: Console, progress: Progress, stack: ExitStack, sandbox: bool | None
    ) -> None:
        """`stack` ends the kernel; `sandbox` is as in `course.trust.sandboxing`."""
        self._console = console
        self._progress = progress
        self._stack = stack
        self._sandbox = sandbox
        self._reports = Reports()
        self._catalogue = Catalogue(state_folder())
        self._lists = Lists(console, progress, self._catalogue)
        self._edits: dict[str, Sequence[Edit]] = {}
        """What the learner has made of a lesson's snippets, since the start."""
        self._lesson: Lesson | None = None
        """The one that is open."""

    @cached_property
    def kernel(self) -> Kernel:
        """The kernel that all lessons run in, started when it is needed first."""
        return self._stack.enter_context(Kernel(self._reports.put))

    def play(self, first: Target | None, review: bool = False) -> None:
        """Play this lesson, or the one that the learner chooses, and those that come after it.

        `review`: after what is due has been asked.
        """
        after: After | None = After(review=True)
        if not review:
            after = self._choose() if first is None else self._play(first, None)
        while after is not None and (after.lesson is not None or after.review):
            if after.review:
                after = self._ask_due() or after._replace(review=False)
            if after.lesson is None:
                after = self._choose()
                continue
            try:
                found = targets.load(after.lesson)
            except (CourseError, RecordingError) as error:
                self._refuse(error)
                after = self._choose()
            else:
                after = self._play(found, after.step, after.again)

    def _play(self, target: Target, step: str | None, again: bool = False) -> After:
        key = None if target.recording is not None else library.progress_key(target.lesson)
        kept = Kept(self._progress, key, again)
        walk = self._walk(target, kept, step, again)
        run = walk.run
        self._lesson = run.lesson
        try:
            return Talk(self._console, walk, self._reports, kept, self._elsewhere).play()
        finally:
            if run.editable is not None and key is not None:
                edits = run.editable.edits
                self._edits[key] = [each for each in edits if each.step.exercise is None]
                self._note_if_finished(run.lesson, key)
            run.close()

    def _note_if_finished(self, lesson: Lesson, key: str) -> None:
        """Note that all of a lesson is done, if that is new: only then are the others read."""
        seen = self._progress.seen(key)
        if standing_of(summary_of(lesson, own=True), seen).finished:
            note_if_finished(self._progress, self._summaries(), key)

    def _walk(self, target: Target, kept: Kept, step: str | None, again: bool = False) -> Walk:
        """A walk through a lesson, begun where the learner left it, or at a step."""
        lesson, key = target.lesson, kept.key
        ids = [each.id for each in lesson.steps]
        if key is None:
            return Walk(SavedRun(target, ids.index(step) if step in ids else 0))
        left, moment = self._progress.bookmark(key), ""
        if left is not None and step in (None, left.step) and not again:
            step, moment = left.step, left.moment
        at, moment = (ids.index(step), moment) if step in ids else (0, "")
        edits = [*self._edits.get(key, ()), *self._written(lesson, key)]
        sandboxed = sandboxing(lesson.path, self._sandbox)
        run = LessonRun(lesson, self.kernel, at, edits, sandboxed, kept.settled())
        opened = f"{key_messages.untranslated(lesson)} {run.protection}".strip()
        notice = opened or self._progress.take_notice()
        due = self._due(key) if at == 0 and moment in ("", "0") and not again else ()
        offered = review.offer(len(due), "review") if due else ""
        asked = key_messages.ASKED_AGAIN if again else ""
        said = f"{asked or key_messages.lost_edits(run) or notice} {offered}".strip()
        walk = Walk(run, said)
        if run.step == at:
            walk.go_to(moment)
        return walk

    def _written(self, lesson: Lesson, key: str) -> Iterator[Edit]:
        """What the learner has written in exercises."""
        for step in lesson.steps:
            code = self._progress.exercise(key, step.id).code.text if step.exercise else ""
            if code:
                yield Edit(step, code, lesson.steps)

    # What is due for review

    def _due(self, here: str | None) -> tuple[Key, ...]:
        """The questions that are due; `here`: the progress key of the lesson that is open."""
        if all(each.done for each in self._progress.reviews().values()):
            return ()
        return due_now(self._progress, self._summaries(), here)

    @property
    def _key(self) -> str | None:
        return None if self._lesson is None else library.progress_key(self._lesson)

    def _to_review(self) -> After | None:
        """To what is due, and then back to the lesson that is open; None where nothing is."""
        if self._due(self._key):
            return After(None if self._lesson is None else self._lesson.path, review=True)
        self._console.say(review.NOTHING_DUE)
        return None

    def _ask_due(self) -> After | None:
        """Ask what is due; what comes after it, where the learner goes somewhere else."""
        asked = review.Review(review.returning(self._due(self._key), self._summaries()))
        after = ReviewTalks(self._console, self._progress, self._reports, self._elsewhere).play(
            asked, self._review_run
        )
        self._console.say("", asked.summary)
        return after

    def _review_run(self, lesson: Lesson) -> LessonRun:
        sandboxed = sandboxing(lesson.path, self._sandbox)
        return LessonRun(lesson, self.kernel, len(lesson.steps) - 1, (), sandboxed)

    # Other lessons

    @property
    def _elsewhere(self) -> Elsewhere:
        lists = self._lists
        following = partial(lists.following, self._lesson)
        return Elsewhere(
            self._find, lists.say, self._named, following, self._to_review, lists.say_paths
        )

    def _summaries(self) -> tuple[Summary, ...]:
        return self._catalogue.summaries()

    def _choose(self) -> After | None:
        """Ask which lesson to open; an empty line opens the one where the learner was last."""
        left = self._progress.last_bookmark()
        self._console.say("")
        self._lists.say()
        if left is None:
            self._console.say(_("Type the number of a lesson; an empty line opens the first."))
        else:
            self._console.say(
                _("Type the number of a lesson; an empty line goes on where you were.")
            )
        while True:
            try:
                line = self._console.ask(_("Lesson:"))
            except KeyboardInterrupt:
                self._console.say("", _("quit ends the program; so does Ctrl-D."))
                continue
            except BadLine as error:
                self._console.say(str(error))
                continue
            if line is None or line.lower() in ("q", "quit", "exit"):
                return None
            if not line:
                line = "1" if left is None else left.lesson
            after = self._chosen(line)
            if after is not None:
                return after

    def _chosen(self, line: str) -> After | None:
        """What a line leads to where no lesson is open: a lesson has to be named, or found."""
        word, _unused, argument = line.partition(" ")
        match word.lower():
            case "review":
                return self._to_review()
            case "path":
                self._lists.say_paths(argument.strip())
            case "lessons":
                self._lists.say()
            case "find" | "/":
                return self._find(argument.strip())
            case "help" | "?":
                self._console.say(_CHOOSING)
            case _:
                return self._named(line)
        return None

    def _named(self, name: str) -> After | None:
        """A lesson by its number in the list, its id or its file."""
        if name.isascii() and name.isdigit() and len(name) < 9:
            listed = self._lists.shown
            if 0 < int(name) <= len(listed):
                return self._openable(listed[int(name) - 1].path)
            self._console.say(
                _("There is no lesson {name}: there are {count}.").format(
                    name=name, count=len(listed)
                )
            )
            return None
        if not name:
            self._console.say(_("Name a lesson by its number or name; lessons lists them."))
            return None
        try:
            path = library.locate(name)
        except CourseError as error:
            self._refuse(error)
            return None
        return self._openable(path)

    def _openable(self, path: Path) -> After | None:
        """The lesson in a file, unless it cannot be opened, which is said."""
        try:
            targets.load(path)
        except (CourseError, RecordingError) as error:
            self._refuse(error)
            return None
        return After(path)

    def _refuse(self, error: Exception) -> None:
        """Say why a lesson cannot be opened: all that is wrong with its file."""
        self._console.say(*sanitize(str(error)).split("\n"))

    def _find(self, words: str) -> After | None:
        """Say which lessons and steps have these words, and ask which to open."""
        if not words:
            self._console.say(_("Type find and the words to look for."))
            return None
        hits = search.search(self._summaries(), words)[:_MOST_FOUND]
        if not hits:
            self._console.say(_("Nothing has all of these words."))
            return None
        for number, hit in enumerate(hits, 1):
            title = hit.lesson.title
            where = "" if hit.step is None else _(", step {step}: ").format(step=hit.step + 1)
            text = "" if hit.step is None else hit.phrase or hit.lesson.passages[hit.step].title
            self._console.say(row(sanitize_line(f"  {number}. {title}{where}{text}")))
        with suppress(KeyboardInterrupt, BadLine):
            line = self._console.ask(_("Number to open, or nothing to stay:"))
            number = int(line) if line and re.fullmatch("[0-9]{1,8}", line) else 0
            if 0 < number <= len(hits):
                hit = hits[number - 1]
                return After(hit.lesson.path, hit.step_id)
            if line:
                self._console.say(_("That is none of these numbers, so nothing was opened."))
        return None
