"""The way from the command line to the screen.

This is what most people type, and they wait for it: the arguments are taken apart by hand, since
a command-line library alone would take a tenth of the time until the first frame.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autograd_tutor import language, messages
from autograd_tutor.messages import _
from autograd_tutor.wrong_use import WrongUse as WrongUse

if TYPE_CHECKING:
    from autograd_tutor.course.asked import Asked
    from autograd_tutor.course.problem import CourseError
    from autograd_tutor.recording.recognition import RecordingError

COMMANDS = (
    "list", "trace", "record", "explain", "verify", "check", "grade", "new", "preview", "schema",
    "path",
    "review", "results", "progress",
    "glossary",
    "print",
)  # fmt: skip
THEMES = ("dark", "light", "ansi")

FAILED = 1
WRONG_USE = 2

_SWITCHES = {
    "--mouse": ("mouse", True),
    "--no-mouse": ("mouse", False),
    "--ascii": ("ascii", True),
    "--no-ascii": ("ascii", False),
    "--sandbox": ("sandbox", True),
    "--no-sandbox": ("sandbox", False),
    "--plain": ("plain", True),
}
_COLOUR_SYSTEMS = ("auto", "standard", "256", "truecolor", "windows")
_LANGUAGE = "--language"
_OTHERS = ("--theme", _LANGUAGE, "--help", "--version")
OF_SCRIPTS = (
    "--module", "--seconds", "--moments", "--memory", "--threads", "--seed", "--device",
    "--from", "--to", "--every", "--follow",
)  # fmt: skip
"""Those that say how a script is run; each has a value."""
_SHORT = {"-m": "--module"}
_OF_COMMANDS = {
    "-o": "record TARGET -o FILE",
    "--json": "trace TARGET --json",
    "--backward": "trace TARGET --backward",
    "--answers": "print LESSON --answers -o lesson.html",
    "--pass": "verify TARGET --pass 2",
    "--line": "verify TARGET --line 12",
    "--exercise": "grade LESSON FILE.py --exercise 1",
}


class Opening(NamedTuple):
    """What the command line asks to be opened, and how."""

    target: str | None
    mouse: bool
    ascii: bool
    theme: str | None
    sandbox: bool | None = None
    """None: those that others wrote."""
    preview: bool = False
    """Whether it is read again whenever its file changes, and opened even if it has problems."""
    plain: bool = False
    """Whether it is a dialogue of lines, and no screen."""
    review: bool = False
    """Whether what is due for review is asked first."""
    given: tuple[tuple[str, str], ...] = ()
    """Options that say how a script is run, with their texts."""
    arguments: tuple[str, ...] = ()
    """Those of the script."""


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Choose the language of all that is shown; returns the arguments without the option for it.

    Every command takes that option. Without it the language is that of a translation which is
    named, else the locale's. Raises WrongUse.
    """
    codes, rest = language.of_environment(environment), list(arguments)
    end = rest.index("--") if "--" in rest else len(rest)
    for word in rest[:end]:
        code = language.code_in(word)
        if code and os.path.isfile(os.path.expanduser(language.original_name(word))):
            codes = (code,)
    while (at := _language_at(rest)) is not None:
        _unused, given, name = rest.pop(at).partition("=")
        if not given and at < len(rest):
            name = rest.pop(at)
        if not language.code_of(name.partition(":")[0]):
            raise WrongUse(
                _("{option} needs a language's code, as de").format(option=_LANGUAGE)
                + (_(", not {value!a}").format(value=name) if name else "")
            )
        codes = language.codes_of(name)
    language.use(codes)
    messages.choose(codes)
    return rest


def _language_at(words: list[str]) -> int | None:
    """Where the option is; what stands after `--` is a script's."""
    for at, word in enumerate(words):
        if word == "--":
            return None
        if word.partition("=")[0] == _LANGUAGE:
            return at
    return None


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Opening | None:
    """What to open, or None where the arguments ask for a command or for help.

    The mouse is off over SSH, where it costs bytes and can outlive the connection; the signs are
    ASCII where the environment names a locale without UTF-8. Raises WrongUse.
    """
    chosen: dict[str, bool | None] = {"sandbox": None, "plain": None}
    chosen |= {"mouse": "SSH_CONNECTION" not in environment, "ascii": _without_utf8(environment)}
    theme: str | None = None
    targets: list[str] = []
    given: dict[str, str] = {}
    rest, own = list(arguments), list[str]()
    preview, review = rest[:1] == ["preview"], rest[:1] == ["review"]
    if preview or review:
        rest.pop(0)
    elif rest and rest[0] in COMMANDS:
        return None
    while rest:
        word = rest.pop(0)
        if word in _SWITCHES:
            name, value = _SWITCHES[word]
            chosen[name] = value
        elif word == "--theme" or word.startswith("--theme="):
            theme = _theme(word, rest)
        elif word in ("-h", "--help", "--version"):
            return None
        elif word == "--":
            named, own = script_words(rest, bool(targets) or "--module" in given)
            targets += named
            break
        elif (option := _SHORT.get(word, word.partition("=")[0])) in OF_SCRIPTS:
            given[option] = with_option(given.get(option), option, _value(word, rest))
        elif word.startswith("-") and len(word) > 1:
            raise WrongUse(_no_command(targets) or unknown_option(word, _script_in(targets)))
        else:
            targets.append(word)
    if len(targets) > 1:
        raise WrongUse(
            _no_command(targets)
            or _("only one lesson can be opened, not {count}").format(count=len(targets))
        )
    if review and (targets or given):
        raise WrongUse(_("review takes no lesson: it asks what is due in all of them"))
    if not preview and targets and targets[0] in COMMANDS and "--" not in arguments:
        raise WrongUse(
            _("options for opening a lesson do not go with {targets}").format(targets=targets[0])
        )
    if preview and not targets:
        raise WrongUse(_("name the lesson's file: autograd-tutor preview FILE"))
    target, sandbox = targets[0] if targets else None, chosen["sandbox"]
    mouse, ascii_only = bool(chosen["mouse"]), bool(chosen["ascii"])
    plain = bool(chosen["plain"])
    if preview and plain:
        raise WrongUse(_("a preview is a screen: open the file itself with --plain"))
    options = tuple(given.items()), tuple(own)
    return Opening(target, mouse, ascii_only, theme, sandbox, preview, plain, review, *options)


def script_words(words: Sequence[str], named: bool) -> tuple[list[str], list[str]]:
    """Of the words after a `--`: targets, and the arguments of a script.

    `named`: a target stands before it. Else the words are targets, up to a second `--`.
    """
    end = 0 if named else words.index("--", 1) if "--" in words[1:] else len(words)
    return list(words[:end]), list(words[end + (not named) :])


def with_option(before: str | None, option: str, value: str) -> str:
    """The text of an option that is given once more; of one that can be repeated, all of it."""
    return f"{before},{value}" if before is not None and option == "--follow" else value


def open_screen(opening: Opening) -> int:
    """Show the course or a lesson on the terminal; returns the exit status. Raises WrongUse."""
    if not (opening.given or opening.arguments):
        return _open_screen(opening, None)
    # Late: most that is opened is a lesson, or a script as it is.
    from autograd_tutor.course.problem import CourseError
    from autograd_tutor.script_options import asked

    try:
        target, how = asked(dict(opening.given), opening.arguments, opening.target)
    except CourseError as error:
        return refuse(error)
    return _open_screen(opening._replace(target=target), how)


def _open_screen(opening: Opening, asked: Asked | None) -> int:
    reason = _no_screen(os.environ)
    if opening.review and not ((opening.plain or reason is None) and _is_due()):
        from autograd_tutor import results

        return results.show_due()
    if opening.plain:
        return _open_dialogue(opening, asked)
    if reason is not None:
        target = opening.target or "LESSON"
        plain, trace = f"autograd-tutor --plain {target}", f"autograd-tutor trace {target}"
        ways = _("Without one, line by line: {plain}; all at once: {trace}").format(
            plain=plain, trace=trace
        )
        return complain(f"{reason}.\n{ways}", WRONG_USE)
    from autograd_tutor.course.problem import CourseError
    from autograd_tutor.recording.recognition import RecordingError
    from autograd_tutor.ui.options import Options
    from autograd_tutor.ui.start import open_course

    theme = f"tutor-{opening.theme}" if opening.theme else None
    try:
        return open_course(
            opening.target,
            Options(
                opening.mouse,
                opening.ascii,
                theme,
                opening.sandbox,
                opening.preview,
                opening.review,
                asked,
            ),
        )
    except (CourseError, RecordingError) as error:
        return refuse(error)


def _is_due() -> bool:
    from autograd_tutor import results

    return bool(results.due()[0])


def _open_dialogue(opening: Opening, asked: Asked | None) -> int:
    """Go through the course or a lesson in lines; returns the exit status."""
    from autograd_tutor.course.problem import CourseError
    from autograd_tutor.dialogue import session
    from autograd_tutor.recording.recognition import RecordingError

    try:
        return session.run(opening.target, opening.ascii, opening.sandbox, opening.review, asked)
    except (CourseError, RecordingError) as error:
        return refuse(error)


def refuse(error: CourseError | RecordingError) -> int:
    """Say why a lesson or a recording cannot be opened or written; returns the exit status.

    To name what is no file, or where nothing can be written, is wrong use; a file with problems
    and a failure to write are not.
    """
    from autograd_tutor.course.problem import LessonError, UnknownLesson, nearest
    from autograd_tutor.recording.recognition import RecordingError, UnfitOutput

    if isinstance(error, RecordingError):
        return complain(str(error), WRONG_USE if isinstance(error, UnfitOutput) else FAILED)
    if isinstance(error, LessonError):
        print(error, file=sys.stderr)
        return FAILED if os.path.isfile(error.problems[0].path) else WRONG_USE
    if isinstance(error, UnknownLesson) and not error.nearest:
        command = nearest(error.target, COMMANDS)
        if command:
            return complain(
                _("There is no lesson or command so named; did you mean {command}?").format(
                    command=command
                ),
                2,
            )
    return complain(str(error), WRONG_USE)


def complain(message: str, status: int) -> int:
    """Say what is wrong, on standard error; returns the exit status."""
    print(f"autograd-tutor: {message}", file=sys.stderr)
    return status


def _value(word: str, rest: list[str]) -> str:
    """What stands after an option, or behind its `=`."""
    option, given, value = word.partition("=")
    if not given:
        if not rest or rest[0] == "--":
            raise WrongUse(_("{option} needs a value").format(option=option))
        return rest.pop(0)
    return value


def _theme(word: str, rest: list[str]) -> str:
    _unused, given, value = word.partition("=")
    if not given and rest:
        value = rest.pop(0)
    if value not in THEMES:
        names = ", ".join(THEMES)
        raise WrongUse(
            _("--theme needs one of {names}").format(names=names)
            + (_(", not {value!a}").format(value=value) if value else "")
        )
    return value


def _no_command(targets: list[str]) -> str | None:
    """What to say where a command seems to be meant, and its name is misspelt."""
    from difflib import get_close_matches

    word = targets[0] if targets else ""
    near = get_close_matches(word.lower(), COMMANDS, n=1) if word.isalpha() else []
    return (
        _("there is no command {word}; did you mean {near}?").format(word=word, near=near[0])
        if near
        else None
    )


def _script_in(targets: Sequence[str]) -> str:
    return next((each for each in targets if each.lower().endswith(".py")), "")


def unknown_option(word: str, script: str = "") -> str:
    """What to say of an option that there is not; `script`: the one that it may be meant for."""
    from difflib import get_close_matches

    known = (*_SWITCHES, *OF_SCRIPTS, *_OTHERS)
    if script and word not in _OF_COMMANDS and not get_close_matches(word, known, 1, 0.8):
        from autograd_tutor.recording.printable import printable

        text = _("there is no option {word!a}; the script's own go behind --: {way}")
        return text.format(word=word, way=printable(f"{script} -- {word}"))
    if word in _OF_COMMANDS:
        return _("{word} belongs to a command: autograd-tutor {of_commands}").format(
            word=word, of_commands=_OF_COMMANDS[word]
        )
    near = get_close_matches(word, known, n=1)
    mend = (
        _("; did you mean {near}?").format(near=near[0])
        if near
        else _("; autograd-tutor --help shows all")
    )
    return _("there is no option {word!a}{mend}").format(word=word, mend=mend)


def _without_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the locale says so; where it says nothing, terminals have UTF-8 nowadays."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((value for value in named if value), "utf-8")
    return "utf8" not in locale.lower().replace("-", "")


def _no_screen(environment: Mapping[str, str]) -> str | None:
    """Why nothing can be shown on a screen here, or None."""
    if not os.isatty(1):
        return _("Standard output is no terminal, so there is no screen to open a lesson on")
    if not os.isatty(0):
        return _("Standard input is no terminal, so no key would arrive")
    colours = environment.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if colours not in _COLOUR_SYSTEMS:
        names = ", ".join(_COLOUR_SYSTEMS)
        return _("TEXTUAL_COLOR_SYSTEM has to be one of {names}, not {colours!a}").format(
            names=names, colours=colours
        )
    if environment.get("TERM", "dumb") in ("", "dumb"):
        return _("This terminal cannot show a screen (TERM is dumb or not set)")
    return None
