"""The commands of the dialogue: their names, what they do, and how a line names one."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from autograd_tutor.messages import _
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line

_SHOWN = 40
"""Characters of a line that is no command, when that is said."""


class Command(NamedTuple):
    """One command; its letters are the keys of the screen where that has one."""

    word: str
    letters: tuple[str, ...]
    does: str
    argument: str = ""
    """What may stand behind it, in capitals."""
    more: str = ""
    """Said where one asks for this command."""

    @property
    def usage(self) -> str:
        """How it is typed."""
        letters = f" ({', '.join(self.letters)})" if self.letters else ""
        return f"{self.word}{' ' if self.argument else ''}{self.argument}{letters}"


class NoCommand(Exception):
    """A line that names none; the text says what may be meant."""


GO_MORE = _(
    "go 30 leads to moment 30; go turn 3 to the third turn of a loop; go line 12 to where line 12 "
    "runs next, go line 12 of net.py to that line of a file that is followed; go pass 3 to the "
    "third backward pass; go nan to the first NaN; go loss < 0.1 to where that holds. go alone "
    "goes on."
)
EDIT_MORE = _(
    "The code is opened in the editor that the environment variable VISUAL or EDITOR names, and "
    "runs when that ends, if it was changed. Its name must be set before the program is started, "
    "as in: EDITOR=nano autograd-tutor --plain"
)

PATH_MORE = _(
    "A path is a part of the course in an order of its own. path hour follows the path named hour: "
    "lessons lists its lessons, and step goes from one to the next. path all follows the whole "
    "course again."
)

WALKING = (
    Command("next", ("n", "l", "right"), _("runs the next line, or node; so does an empty line")),
    Command("back", ("p", "h", "left"), _("goes a line back, or a node")),
    Command("into", ("i",), _("goes into a backward pass, or a function")),
    Command("out", ("o",), _("goes out of it")),
    Command("start", ("home",), _("goes to the start of the step, or of the pass")),
    Command("end", (), _("goes to the end of the step, or of the pass")),
    Command("pass", ("b",), _("goes to the next backward pass")),
    Command("passback", ("B",), _("goes to the backward pass before")),
    Command("again", ("]",), _("goes to where this line runs next: the next turn of its loop")),
    Command("before", ("[",), _("goes to where this line ran before")),
    Command("go", ("g",), _("goes to a moment"), _("TEXT"), GO_MORE),
    Command("step", ("N",), _("opens the next step; after the last, the next lesson")),
    Command("stepback", ("P",), _("opens the step before")),
    Command("steps", (), _("lists the steps of the lesson")),
    Command("open", (), _("opens a step by its number"), _("NUMBER")),
)
LOOKING = (
    Command("show", ("where", "2"), _("says where you are: the code, and which line has just run")),
    Command("moment", ("m",), _("says again what happened at this moment")),
    Command("text", ("1",), _("reads the explanation again")),
    Command("tensors", ("3",), _("lists what there is: one line a tensor, or other value")),
    Command("tensor", ("t",), _("says all about one tensor"), _("NAME")),
    Command("changed", (), _("says what this moment has changed, with the nodes of the graph")),
    Command("graph", ("4", "G"), _("lists the nodes of the graph"), _("NAME")),
    Command("gradients", ("5",), _("lists every .grad")),
    Command("curve", ("v", "plot"), _("reads numbers over time"), _("NAME")),
    Command("why", ("w",), _("says what goes wrong in the step, or all about a tensor"), _("NAME")),
    Command(
        "verify", ("V",), _("checks the gradients of this pass, by finite differences and float64")
    ),
    Command("what", ("d",), _("says what a term means; alone, lists those in view"), _("TERM")),
    Command("output", (), _("prints what the step has printed so far")),
)
CHANGING = (
    Command("edit", ("e",), _("opens the code in your editor, and runs it"), "", EDIT_MORE),
    Command("write", (), _("writes the edited code of a script into its file")),
    Command("run", ("r", "f5"), _("runs the lesson again, as its file is now")),
    Command("reset", ("R",), _("takes the lesson's own code again, and runs it")),
    Command("seed", (), _("runs the lesson again with another seed"), _("NUMBER")),
    Command("compare", ("c",), _("compares this moment with the run before, or the moment before")),
)
ANSWERING = (
    Command(
        "answer", ("a",), _("answers the question"), _("TEXT"), _("A line alone is an answer, too.")
    ),
    Command("unsure", ("u",), _("says that you are not sure of your answer")),
    Command("sure", (), _("says that you are")),
    Command("skip", ("s",), _("goes on without an answer")),
    Command("question", (), _("asks the question again")),
    Command(
        "askagain", ("A",), _("asks this lesson's questions again, also those that are settled")
    ),
    Command("review", (), _("asks the questions of earlier lessons that are due for review")),
)
EXERCISING = (
    Command("hint", ("H", "f4"), _("gives a hint, each time the next")),
    Command("pieces", (),
            _("lists the solution's lines in another order; pieces 3 1 2 orders them"),
            _("NUMBERS")),
    Command("solution", (), _("shows the solution")),
    Command("goal", (), _("reads the graph that is to be built")),
    Command("verdict", (), _("says again what the check says of your code")),
)  # fmt: skip
OTHERS = (
    Command("find", ("/",), _("finds lessons and steps by words"), _("WORDS")),
    Command("lessons", (), _("lists the lessons")),
    Command("lesson", (), _("opens a lesson"), _("NUMBER OR NAME")),
    Command(
        "path", (), _("lists the paths through the course, or follows one"), _("NAME"), PATH_MORE
    ),
    Command("help", ("?",), _("lists the commands, or explains one"), _("COMMAND")),
    Command("quit", ("q", "exit"), _("ends the program; so does the end of the input, Ctrl-D")),
)

SECTIONS = (
    (_("Walk"), WALKING),
    (_("Look"), LOOKING),
    (_("Change"), CHANGING),
    (_("Questions"), ANSWERING),
    (_("Exercises"), EXERCISING),
    (_("More"), OTHERS),
)
COMMANDS = tuple(each for _, section in SECTIONS for each in section)
LETTERS = {name: each for each in COMMANDS for name in each.letters}
WORDS = {each.word: each for each in COMMANDS}

NOT_HERE = _(
    "Not here: heat maps, zoom and colours, which are pictures; tensor NAME reads the numbers."
)


def named(word: str) -> Command | None:
    """The command of this name; words in any case, letters as they are."""
    if len(word) == 1:
        return LETTERS.get(word)
    folded = word.lower()
    return WORDS.get(folded) or LETTERS.get(folded)


def read(line: str) -> tuple[Command, str]:
    """The command that a line names, and what stands behind it. Raises NoCommand."""
    for sign in ("/", "?"):
        if line.startswith(sign):
            return LETTERS[sign], line[1:].strip()
    word, _unused, argument = line.partition(" ")
    command = named(word)
    if command is not None:
        return command, argument.strip()
    near = get_close_matches(word.lower(), WORDS, n=1) if len(word) < _SHOWN else []
    shown = sanitize_line(line[:_SHOWN]) + ("..." if len(line) > _SHOWN else "")
    meant = _(" Did you mean {near}?").format(near=near[0]) if near else ""
    raise NoCommand(
        _("There is no command {shown}.{meant} ? lists the commands.").format(
            shown=shown, meant=meant
        )
    )


def help_rows(about: str) -> Iterator[Row]:
    """All commands, or one of them."""
    if about:
        command = named(about)
        if command is None:
            yield row(
                _("There is no command {about}; ? lists them.").format(
                    about=sanitize_line(about[:_SHOWN])
                )
            )
            return
        yield row(f"{command.usage}: {command.does}.")
        if command.more:
            yield row(command.more)
        return
    yield row(_("Type a command and press Enter. The short names in brackets do the same."))
    for title, section in SECTIONS:
        yield row(f"{title}:")
        for command in section:
            yield row(f"  {command.usage}: {command.does}.")
    yield row(NOT_HERE)
