"""The commands that need no screen, and the help. What they do is imported when they are run."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

from autograd_tutor import __version__, opening
from autograd_tutor.messages import _, count, plural

if TYPE_CHECKING:
    from autograd_tutor.course.asked import Asked

_SANDBOX = _(
    "Run without network, other programs and your files, or with all your rights. Default: a "
    "sandbox for lessons that are neither in the course nor in your own folder, where Linux has it."
)
_GRADED = _(
    "Run it without network, other programs and your files, or with all your rights. Default: a "
    "sandbox where Linux has it."
)
_target = click.argument("target", required=False, metavar="[TARGET]")
_sandbox = click.option("--sandbox/--no-sandbox", default=None, help=_SANDBOX)

_Decorated = TypeVar("_Decorated", bound=Callable[..., object])

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A locale without UTF-8 must not stop a lesson that speaks of θ.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    words = list(arguments)
    if words[0] not in opening.COMMANDS:
        words = [word for word in words if word in ("-h", "--help", "--version")]
    try:
        with commands.make_context("autograd-tutor", words) as context:
            status = commands.invoke(context)
            return status if isinstance(status, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
        more = _("\n{path} --help shows more.").format(path=path) if path else ""
        return opening.complain(error.format_message() + more, opening.WRONG_USE)


class _Commands(click.Group):
    """The group of commands, which alone among groups can also open a lesson."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[OPTIONS] [TARGET]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")


# The options for opening stand here for the help alone: `opening.parse` has taken care of them.
_OPENING = (
    click.option("--mouse/--no-mouse", expose_value=False, help=_("Use the mouse; off over SSH.")),
    click.option(
        "--plain",
        is_flag=True,
        expose_value=False,
        help=_("No screen: a dialogue of lines, for screen readers and slow lines."),
    ),
    click.option("--ascii/--no-ascii", expose_value=False, help=_("Draw with ASCII signs only.")),
    click.option(
        "--theme",
        type=click.Choice(opening.THEMES),
        expose_value=False,
        help=_("Colours for dark or light terminals, or the terminal's own 16."),
    ),
    click.option("--sandbox/--no-sandbox", expose_value=False, help=_SANDBOX),
    click.option(
        "--language",
        metavar="CODE",
        expose_value=False,
        help=_(
            "Show lessons in this language where they are translated: de. Every command takes it. "
            "Default: the locale's."
        ),
    ),
)


def _script_options(command: _Decorated, exposed: bool = True) -> _Decorated:
    """How a script is run. None has a default, so that what was given is known."""
    options = (
        ("-m", "--module", "NAME", _("Run this module, as python -m does.")),
        ("", "--seconds", "N", _("How long a step of a script may take, instead of 10.")),
        ("", "--moments", "N", _("How many are recorded of a step, up to 50,000.")),
        ("", "--memory", "MiB", _("What a script may use, instead of 4096.")),
        ("", "--threads", "N", _("How many torch uses; 1.")),
        ("", "--seed", "N", _("What random numbers begin with; 0.")),
        ("", "--device", "NAME", _("Where a script's tensors are made: cuda. Default: the CPU.")),
        ("", "--from", "PLACE", _("Record from here on: 12 (a line), turn:300 or pass:5.")),
        ("", "--to", "PLACE", _("Record up to here.")),
        ("", "--every", "N", _("Record the first turn of a loop and every Nth after it.")),
        ("", "--follow", "NAME", _("Step into functions of this module or package, too.")),
    )
    for short, name, value, text in reversed(options):
        names = (short, name) if short else (name,)
        command = click.option(
            *names, metavar=value, help=text, expose_value=exposed, multiple=name == "--follow"
        )(command)
    return command


# Of the options for opening they, too, are read elsewhere.
_script_options_in_help = functools.partial(_script_options, exposed=False)


class _OfScript(click.Command):
    """A command whose target may be a script, with arguments of its own after `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words after `--` where they are the script's."""
        at = args.index("--") if "--" in args else len(args)
        before, after = args[:at], args[at + 1 :]
        if after:
            given, *_unused = self.make_parser(ctx).parse_args(list(before))
            named = any(isinstance(given.get(name), str) for name in ("target", "module"))
            targets, own = opening.script_words(after, named)
            ctx.meta["arguments"] = own
            args = [*before, *(["--", *targets] if targets else [])]
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            script = next((each for each in before if each.lower().endswith(".py")), "")
            if script and error.option_name not in before[: before.index(script)]:
                raise opening.WrongUse(opening.unknown_option(error.option_name, script)) from None
            raise


def _script_command(name: str) -> Callable[[_Decorated], click.Command]:
    """A command that takes a script: its first arguments are a target and what is asked of it."""

    def decorate(command: Callable[..., int]) -> click.Command:
        @functools.wraps(command)
        def run(target: str | None, **given: object) -> int:
            from autograd_tutor.course.problem import CourseError
            from autograd_tutor.recording.recognition import RecordingError
            from autograd_tutor.script_options import asked

            texts = {
                option: ",".join(value) if isinstance(value, tuple) else str(value)
                for option in opening.OF_SCRIPTS
                if (value := given.pop(option.removeprefix("--"))) not in (None, ())
            }
            own = click.get_current_context().meta.get("arguments", ())
            try:
                if target is None and not texts and not own:
                    raise opening.WrongUse(_("name a script, a lesson or a recording"))
                target, how = asked(texts, own, target)
                return command(target, how, **given)
            except (CourseError, RecordingError) as error:
                return opening.refuse(error)

        return commands.command(name, cls=_OfScript)(_script_options(run))

    return decorate  # type: ignore[return-value]


def _opening_options(command: _Decorated) -> _Decorated:
    for option in reversed(_OPENING):
        command = option(command)
    return command


@click.group(cls=_Commands, context_settings=_SETTINGS, no_args_is_help=False)
@_opening_options
@_script_options_in_help
@click.version_option(__version__, prog_name="autograd-tutor")
def commands() -> None:
    """See what PyTorch's autograd does: walk live snippets line by line, forwards and backwards.

    Without a TARGET, the course opens where you left it. A TARGET is a lesson's id ("autograd-tutor
    list" shows all), the path of a lesson's .yaml file, or that of a .py file, which "# %%" lines
    divide into steps. A recording, which "autograd-tutor record" writes, needs no torch. A lesson
    with the name of a command is opened by its path: ./list.yaml

    What stands after -- is for a script itself: train.py -- --lr 0.1
    """


@commands.command("list")
@click.option("--json", "as_json", is_flag=True, help=_("A list of objects, for programs."))
def list_command(as_json: bool) -> int:
    """Show the lessons and how far you are in each."""
    from autograd_tutor import listing

    return listing.show(as_json)


@commands.command("path")
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--json", "as_json", is_flag=True, help=_("Objects, for programs."))
def path_command(path: str | None, as_json: bool) -> int:
    """Show the paths through the course, or one with its lessons.

    A path is a part of the course in an order of its own, for people with a purpose. Without a
    PATH, all are listed, with how far you are on each.
    """
    from autograd_tutor import paths
    from autograd_tutor.course.problem import CourseError

    try:
        return paths.show(path, as_json)
    except CourseError as error:
        return opening.refuse(error)


@_script_command("trace")
@_target
@click.option("--backward", is_flag=True, help=_("Walk every backward pass, node by node."))
@click.option("--json", "as_json", is_flag=True, help=_("One JSON object a line, for programs."))
@_sandbox
def trace_command(
    target: str, asked: Asked, backward: bool, as_json: bool, sandbox: bool | None
) -> int:
    """Run a lesson without a screen and report what happens, line by line.

    The JSON lines hold the walk of every backward pass in any case. Ends with status 1 if a step
    does not do what the lesson says it does.
    """
    from autograd_tutor import plain

    return plain.trace(target, as_json, backward, sandbox, asked)


@_script_command("record")
@_target
@click.option("-o", "output", metavar="FILE", help=_("The file to write, as train.agt."))
@_sandbox
def record_command(target: str, asked: Asked, output: str | None, sandbox: bool | None) -> int:
    """Run a lesson and write what happened into a file, to be opened without torch.

    Every command takes such a file in the place of a lesson. A recording that is there already is
    replaced, another file is not. Ends with status 1 if a step does not do what the lesson says it
    does; the file is written then, too.
    """
    if output in (None, "", "-"):
        return opening.complain(
            _("name the file: -o {target}").format(target=_file_for(target, ".agt")),
            opening.WRONG_USE,
        )
    from pathlib import Path

    from autograd_tutor import record_command as command

    return command.record(target, Path(os.path.expanduser(output)), sandbox, asked)


def _file_for(target: str, suffix: str) -> str:
    """A name for what is made of a target."""
    stem = target.rpartition("/")[2].rpartition(".")[0] or target.rpartition("/")[2]
    return f"{stem if stem.isprintable() and stem.strip() else 'lesson'}{suffix}"


@commands.command("print")
@click.argument("lesson")
@click.option("-o", "output", metavar="FILE", help=_("The file to write: .html or .md."))
@click.option("--answers", is_flag=True, help=_("With all answers at the end."))
@_sandbox
def print_command(lesson: str, output: str | None, answers: bool, sandbox: bool | None) -> int:
    """Run a lesson once and write it as a handout, to be read on paper or in a browser.

    FILE becomes one HTML page that needs nothing else, or Markdown: its ending says which. It has
    the texts, the code, what the run shows, and room for answers. What would answer a question is
    left out, or stands at the end with --answers. An earlier handout is replaced, another file is
    not. Ends with status 1 if a step does not do what the lesson says it does.
    """
    from pathlib import Path

    from autograd_tutor.course.problem import CourseError
    from autograd_tutor.handout import command
    from autograd_tutor.recording.recognition import RecordingError

    if output in (None, "", "-"):
        return opening.complain(
            _("name the file: -o {lesson}").format(lesson=_file_for(lesson, ".html")),
            opening.WRONG_USE,
        )
    try:
        return command.print_lesson(lesson, Path(os.path.expanduser(output)), answers, sandbox)
    except (CourseError, RecordingError) as error:
        return opening.refuse(error)


@_script_command("explain")
@click.argument("target", required=False, metavar="[TARGET|KEY]")
@click.option("--json", "as_json", is_flag=True, help=_("A list of objects, for programs."))
@_sandbox
def explain_command(target: str, asked: Asked, as_json: bool, sandbox: bool | None) -> int:
    """Say what goes wrong with autograd in a script, a lesson or a recording.

    Each finding has its lines, why it is so, and what mends it. What is likely meant is a note.
    With the key of a mistake (zero-grad), all about that, with an example that runs. Ends with
    status 1 if there is a finding, or the script failed.
    """
    from autograd_tutor import explain_command as command

    return command.explain(target, as_json, sandbox, asked)


@_script_command("verify")
@_target
@click.option("--pass", "call", metavar="N", help=_("Check the Nth backward pass; 1."))
@click.option("--line", metavar="N", help=_("Check the first pass that this line asks for."))
@click.option("--json", "as_json", is_flag=True, help=_("A list of objects, for programs."))
@_sandbox
def verify_command(
    target: str,
    asked: Asked,
    call: str | None,
    line: str | None,
    as_json: bool,
    sandbox: bool | None,
) -> int:
    """Check the gradients of a script by running it: are they what finite differences give?

    Of a backward pass, some entries of each .grad stand beside central differences of what the
    pass begins at, and all beside the same operations in float64: is what is off a mistake, or
    rounding? Each custom autograd.Function that is applied up to there is checked at its inputs.
    The script runs up to the pass again and again for that, with all that it does: files are
    written each time. Ends with status 1 if something does not agree, or nothing can be compared.
    """
    from autograd_tutor import verify_command as command

    check = command.check_of(call, line, asked)
    return command.verify(target, check, as_json, sandbox, asked)


@commands.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_sandbox
def check_command(paths: tuple[str, ...], sandbox: bool | None) -> int:
    """Read and run lessons and report every problem as file:line:col.

    PATH is a lesson's id, its file or a folder of them; without one, all lessons of the list are
    checked. What check proves: every field is known and well formed, every snippet is Python and
    runs to its end within the limits (or raises what "raises" says), every "expect" is true, every
    name in "graph", "watch" and "plot" is there, and no id is used twice; every question has an
    answer that is not given away, also in a review; of every exercise the starter fails, the
    solution passes, and each known mistake is recognised. Of a recording, what was recorded is
    checked. Ends with status 1 if there is any problem.
    """
    from autograd_tutor import check
    from autograd_tutor.course.trust import NoSandbox

    try:
        number, problems = check.run(paths, sandbox)
    except NoSandbox as error:
        return opening.refuse(error)
    for problem in problems:
        click.echo(str(problem))
    files = plural("{count} file checked", "{count} files checked", number).format(count=number)
    found = count(len(problems), "problem") if problems else _("all well")
    click.echo(f"{files}: {found}.", err=True)
    return opening.FAILED if problems else 0


@commands.command("grade")
@click.argument("lesson")
@click.argument("file", metavar="FILE.py")
@click.option("--exercise", "number", type=int, help=_("Which of the lesson's exercises, from 1."))
@click.option("--json", "as_json", is_flag=True, help=_("A JSON object, for programs."))
@click.option("--sandbox/--no-sandbox", default=None, help=_GRADED)
def grade_command(
    lesson: str, file: str, number: int | None, as_json: bool, sandbox: bool | None
) -> int:
    """Judge a file that was written for a lesson's exercise, without a screen.

    The lesson's steps run first, then the file, as if it had been written into the editor. Ends
    with status 0 where it solves the exercise, 1 where it does not, 2 where nothing was judged.
    """
    from pathlib import Path

    from autograd_tutor import grade
    from autograd_tutor.course.problem import CourseError
    from autograd_tutor.recording.recognition import RecordingError

    try:
        return grade.grade(lesson, Path(os.path.expanduser(file)), number, as_json, sandbox)
    except grade.NothingToGrade as error:
        return opening.complain(str(error), opening.WRONG_USE)
    except (CourseError, RecordingError) as error:
        opening.refuse(error)
        return opening.WRONG_USE


@commands.command("new")
@click.argument("file")
def new_command(file: str) -> int:
    """Write a lesson to start with, every field explained.

    A FILE that ends in .py becomes a script, which "# %%" lines divide into steps. One that is
    called as a lesson beside it, with a language's code before .yaml, becomes its translation to
    start with: 01-parameters.de.yaml. A file that is there already is left as it is.
    """
    from pathlib import Path

    from autograd_tutor.course import starter
    from autograd_tutor.course.problem import CourseError
    from autograd_tutor.recording.printable import printable

    path = Path(os.path.expanduser(file))
    try:
        starter.start(path)
    except CourseError as error:
        return opening.refuse(error)
    shown = printable(path)
    click.echo(
        _("Wrote {shown}. See it while you write: autograd-tutor preview {shown}").format(
            shown=shown
        )
    )
    return 0


@commands.command("preview")
@click.argument("file")
@_opening_options
def preview_command(file: str) -> None:
    """Open a lesson and read it again at each save.

    The step and the moment stay where they are. Problems of the file are shown, all of them, until
    they are mended. As for any lesson that is opened, --no-sandbox runs one that lies outside of
    your own folder with all your rights.
    """


@commands.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a lesson's file, for editors.

    Write it beside your lessons (autograd-tutor schema > lesson.schema.json) and name it in the
    first line of each: # yaml-language-server: $schema=lesson.schema.json
    """
    from autograd_tutor.course import schema

    click.echo(schema.text(), nl=False)


@commands.command("review")
@_opening_options
def review_command() -> None:
    """Ask the questions of finished lessons that are due again, with other numbers.

    Two of a lesson come back: one in the lesson after the next, one five lessons later. Three come
    back at the end of a chapter. Without a terminal, what is due is listed.
    """


@commands.command("results")
@click.option("--json", "as_json", is_flag=True, help=_("A list of objects, for programs."))
def results_command(as_json: bool) -> int:
    """Show what you have done in each lesson: answers, tries, hints, known mistakes, times.

    Nothing is sent or written anywhere else, and your code is not shown.
    """
    from autograd_tutor import results

    return results.show(as_json)


@commands.command("glossary")
@click.argument("term", required=False)
@click.option(
    "--json", "as_json", is_flag=True, help=_("An object, or a list of them, for programs.")
)
def glossary_command(term: str | None, as_json: bool) -> int:
    """Explain a TERM, or list all: leaf, grad_fn, saved tensor, TBackward0.

    Every node that a graph shows is explained, with its formulas, and what nodes keep. Ends with
    status 2 if the term is not known.
    """
    from autograd_tutor import terms

    try:
        return terms.show(term, as_json)
    except terms.UnknownTerm as error:
        return opening.complain(str(error), opening.WRONG_USE)


@commands.group("progress", invoke_without_command=True)
@click.pass_context
def progress_group(context: click.Context) -> int:
    """Take your progress to another computer, in one file."""
    if context.invoked_subcommand is not None:
        return 0
    return opening.complain(
        _("say what is to be done: autograd-tutor progress export FILE, or import FILE"),
        opening.WRONG_USE,
    )


@progress_group.command("export")
@click.argument("file")
def export_command(file: str) -> int:
    """Write your progress into FILE: places, steps, answers, and the code of exercises.

    An earlier export is replaced, another file is not. FILE may be - for standard output.
    """
    from autograd_tutor import transfer

    return _transferred(transfer.export, file)


@progress_group.command("import")
@click.argument("file")
def import_command(file: str) -> int:
    """Merge FILE, which "progress export" wrote, with the progress here.

    Nothing is lost and nothing goes back, however often it is done. FILE may be - for standard
    input.
    """
    from autograd_tutor import transfer

    return _transferred(transfer.take_in, file)


def _transferred(transfer: Callable[[str], str], file: str) -> int:
    from autograd_tutor.transfer import TransferError, UnfitFile

    try:
        story = transfer(file)
    except TransferError as error:
        wrong = isinstance(error, UnfitFile)
        return opening.complain(str(error), opening.WRONG_USE if wrong else opening.FAILED)
    if story:
        click.echo(story, err=True)
    return 0
