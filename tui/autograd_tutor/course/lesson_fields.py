"""The fields of a lesson's file, format 1: the one table of them.

The reader (`format1`), the schema for editors (`schema`) and the lesson that an author starts with
(`starter`) are made from it.
"""

from __future__ import annotations

from autograd_tutor.course.python_source import PORTABLE_NAME, PORTABLE_WORD
from autograd_tutor.course.shapes import Constant, Either, Field, Group, ListOf, Number, Text
from autograd_tutor.limits.lessons import LARGEST_SEED
from autograd_tutor.recording.wire import Limits

LINE = Text(one_line=True)
CODE = Text()
NAME = Text(one_line=True, pattern=PORTABLE_NAME)
SEED = Number(whole=True, least=0, most=LARGEST_SEED)
STEP_ID = Text(one_line=True, pattern="[A-Za-z0-9][A-Za-z0-9_-]*")


def _limit(name: str, title: str, about: str, example: str = "") -> Field:
    """A lesson may only lower a limit."""
    most = getattr(Limits(), name)
    return Field(
        name,
        title,
        f"{about} At most, and by default, {most:g}.",
        Number(whole=isinstance(most, int), above=0, most=most),
        example,
        default=most,
    )


LIMITS = Group(
    "limits",
    (
        _limit("seconds", "Seconds", "Wall-clock seconds of a step.", "5"),
        _limit("snapshots", "Moments", "Moments of a step that are recorded.", "1000"),
        _limit("nodes", "Graph nodes", "Graph nodes of a step that are recorded."),
        _limit("output", "Output", "Bytes that a step may print."),
        _limit("memory", "Memory", "MiB of memory that a step may use."),
    ),
)

PLOT = Group(
    "plot",
    (
        Field(
            "curve",
            "Curve",
            "The numbers to draw over the moments of the step: a name, or a list of names.",
            Either((NAME, ListOf(NAME, least=1))),
            "[loss, w.grad]",
        ),
        Field(
            "function",
            "Function",
            "A Python expression for a function of one tensor, to draw with its tangent.",
            CODE,
        ),
        Field("at", "Where the tangent is", "A number of the step, where the tangent is.", NAME),
        Field("from", "Left end", "Where the drawing of the function begins.", Number()),
        Field("to", "Right end", "Where the drawing of the function ends.", Number()),
    ),
    choices=(("curve",), ("function", "at", "from", "to")),
)

STEP = Group(
    "a step",
    (
        Field(
            "id",
            "Id",
            "One word that no other step of the lesson has: letters, digits, - and _.",
            STEP_ID,
            "square",
            required=True,
        ),
        Field(
            "title",
            "Title",
            "What the step is called, on one line.",
            LINE,
            "The slope of a square",
            required=True,
        ),
        Field(
            "explain",
            "Explanation",
            "What to look at, and what to guess first, in Markdown.",
            Text(),
            "|\n`loss` is **w²**. Its slope at 3 is 2 · 3.\n\n"
            "**Predict:** which number will `w.grad` hold?",
            required=True,
        ),
        Field(
            "code",
            "Code",
            "The snippet. All steps share their variables, like the cells of a notebook.",
            CODE,
            "|\nw = torch.tensor(3.0, requires_grad=True)\nloss = w ** 2\nloss.backward()",
            required=True,
        ),
        Field(
            "graph",
            "Graph",
            "The tensor whose graph is shown. Default: the newest one with a grad_fn.",
            NAME,
            "loss",
        ),
        Field("watch", "Watched", "Names that are shown first.", ListOf(NAME), "[w, loss]"),
        Field(
            "expect",
            "Expectations",
            "Python expressions that must be true after the step; check evaluates them.",
            ListOf(CODE),
            "\n- w.grad.item() == 6",
        ),
        Field(
            "raises",
            "Exception",
            "The class of the exception, where the step is meant to fail.",
            Text(one_line=True, pattern=PORTABLE_WORD),
            "RuntimeError",
        ),
        Field(
            "plot",
            "Plot",
            "Numbers over time, or a function with its tangent.",
            PLOT,
            "{curve: loss}",
        ),
    ),
)

LESSON = Group(
    "the lesson",
    (
        Field("format", "Format", "The format of the file.", Constant(1), "1", required=True),
        Field(
            "title",
            "Title",
            "What the lesson is called, on one line.",
            LINE,
            "My lesson",
            required=True,
        ),
        Field(
            "summary",
            "Summary",
            "What it is about: one line for the list of lessons.",
            LINE,
            "What this lesson shows",
            required=True,
        ),
        Field(
            "chapter", "Chapter", "The part of the course that it belongs to.", LINE, "Gradients"
        ),
        Field(
            "seed",
            "Seed",
            "The seed for torch, random and numpy before each run.",
            SEED,
            "0",
            default=0,
        ),
        Field(
            "setup",
            "Setup",
            "Code that runs before the first step, unseen.",
            CODE,
            "|\nimport torch",
        ),
        Field("limits", "Limits", "What one step may use.", LIMITS, "{seconds: 5}"),
        Field("steps", "Steps", "The steps, in order.", ListOf(STEP, least=1), required=True),
    ),
)
