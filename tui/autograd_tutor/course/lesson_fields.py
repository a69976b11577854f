"""The fields of a lesson's file, format 1: the one table of them.

The reader (`format1`), the schema for editors (`schema`) and the lesson that an author starts with
(`starter`) are made from it.
"""

from __future__ import annotations

from autograd_tutor.course.python_source import PORTABLE_NAME, PORTABLE_WORD
from autograd_tutor.course.shapes import (
    Constant,
    Either,
    Field,
    GoesWith,
    Group,
    ListOf,
    Number,
    Pairs,
    Text,
    Truth,
    Word,
)
from autograd_tutor.course.tasks import KINDS, WITH_CHOICES
from autograd_tutor.limits.lessons import LARGEST_LESSON, LARGEST_SEED
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

PREDICTION = Group(
    "a prediction",
    (
        Field(
            "before",
            "Before line",
            "The line of the code that is about to run; without it, the step is.",
            Number(whole=True, least=1, most=LARGEST_LESSON),
            "2",
        ),
        Field(
            "node",
            "Before node",
            "The node of a backward pass that is about to run: PowBackward0.",
            Text(one_line=True, pattern=PORTABLE_WORD),
        ),
        Field("ask", "Question", "What is asked, in Markdown.", Text(), required=True),
        Field(
            "kind",
            "Kind of answer",
            "number, choice, several, order, text, line or node.",
            Word(KINDS),
            required=True,
        ),
        Field(
            "choices",
            "Choices",
            "What to choose from, or to put in order.",
            ListOf(LINE, least=2),
        ),
        Field(
            "answer",
            "Answer",
            "A Python expression for the answer; torch evaluates it right after the moment.",
            CODE,
            required=True,
        ),
        Field("near", "How near", "How far a number may be from the answer.", Number(least=0)),
        Field(
            "wrong",
            "Wrong answers",
            "Wrong answers that people give, each with what to say of it.",
            Pairs(),
        ),
        Field("because", "Because", "Why it is so, in Markdown: said after the answer.", Text()),
        Field(
            "again",
            "Asked again",
            "Names of the code, and what they are set to when it is asked again in a review.",
            Pairs(numeric=True),
        ),
    ),
    goes_with=(
        GoesWith("choices", "kind", WITH_CHOICES),
        GoesWith("near", "kind", ("number",), needed=False),
    ),
)

CHECK = Group(
    "a check",
    (
        Field("that", "What is true", "A Python expression.", CODE, required=True),
        Field(
            "say",
            "What to say",
            "What to say where it is not true; {…} holds Python: w is {w.item():.2f}.",
            Text(),
            required=True,
        ),
    ),
)

MISTAKE = Group(
    "a mistake",
    (
        Field("id", "Id", "One word that no other mistake has.", STEP_ID, required=True),
        Field(
            "when",
            "How it is seen",
            "A Python expression that is true where it was made; error is the exception, or None.",
            CODE,
            required=True,
        ),
        Field("say", "What to say", "What to say of it; {…} holds Python.", Text(), required=True),
        Field("like", "Example", "A program that makes it.", CODE, required=True),
    ),
)

EXERCISE = Group(
    "an exercise",
    (
        Field("title", "Title", "What it is called, on one line.", LINE),
        Field("task", "Task", "What is to be done, in Markdown.", Text(), required=True),
        Field("starter", "Starter", "The code to begin with.", CODE, required=True),
        Field("solution", "Solution", "Code that does it.", CODE, required=True),
        Field("probe", "Probe", "Hidden code that runs after the learner's.", CODE),
        Field(
            "check",
            "Checks",
            "What must be true in the end; the first that is not is said.",
            ListOf(CHECK, least=1),
            required=True,
        ),
        Field(
            "hints",
            "Hints",
            "Two or three, from where to look to what to write.",
            ListOf(Text(), least=1),
            required=True,
        ),
        Field(
            "mistakes",
            "Mistakes",
            "Mistakes that people make; the first that is seen is said, before any check.",
            ListOf(MISTAKE),
        ),
        Field("goal", "Goal", "The tensor whose graph is to be built, as a picture.", NAME),
        Field(
            "pieces",
            "Pieces",
            "Whether the solution's lines are offered in another order before it is shown.",
            Truth(),
        ),
        Field("forbid", "Forbidden", "Names that may not be used, each with the reason.", Pairs()),
        Field("then", "Then", "What to say of the solution, in Markdown.", Text()),
    ),
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
            "What to look at, in Markdown.",
            Text(),
            "|\n`loss` is **w²**. A pass fills `w.grad` with its slope.",
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
            "findings",
            "Findings",
            "Whether what goes wrong is marked; false: w does not explain it, either.",
            Truth(),
            "true",
        ),
        Field(
            "plot",
            "Plot",
            "Numbers over time, or a function with its tangent.",
            PLOT,
            "{curve: loss}",
        ),
        Field(
            "predict",
            "Predictions",
            "What the learner is asked, in the order of the moments.",
            ListOf(PREDICTION, least=1),
            "\n- before: 3\n  ask: Which number will `w.grad` hold?\n  kind: number\n"
            '  answer: w.grad.item()\n  wrong: {9: "That is w², the loss itself."}\n'
            '  because: The slope of w² is 2w.\n  again: {w: "torch.tensor(5.0,'
            ' requires_grad=True)"}',
        ),
        Field(
            "then",
            "Then",
            "What to say once that is answered, in Markdown.",
            Text(),
            "The slope of a square is twice the number.",
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
        Field(
            "exercise",
            "Exercise",
            "A task at the end, or a list of them.",
            Either((EXERCISE, ListOf(EXERCISE, least=1))),
            "\ntask: Make `w.grad` 8.\n"
            "starter: |\n  w = torch.tensor(3.0, requires_grad=True)\n  (w**2).backward()\n"
            "solution: |\n  w = torch.tensor(4.0, requires_grad=True)\n  (w**2).backward()\n"
            "check:\n  - that: w.grad.item() == 8\n"
            "    say: w.grad is {w.grad.item():g}, and should be 8.\n"
            "hints: [Look at the slope of w²., The slope is 2w.]\n"
            "mistakes:\n  - id: gradient-taken-for-number\n    when: w.item() == 8\n"
            "    say: The slope of w² at 8 is {w.grad.item():g}. Which w has the slope 8?\n"
            "    like: |\n      w = torch.tensor(8.0, requires_grad=True)\n"
            "      (w**2).backward()",
        ),
        Field(
            "needs",
            "Needs",
            "The ids of lessons that come first; nothing is locked.",
            ListOf(STEP_ID),
            "[parameters]",
        ),
        Field(
            "cures",
            "Cures",
            "Keys of the mistakes that it is about.",
            ListOf(STEP_ID),
            "[zero-grad]",
        ),
    ),
)
