"""What a handout is written as: valid, readable, and nothing in it that a lesson could inject."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from made import doubled, node, result, result_of, scalar, snapshot, tensor, trace
from markdown_it import MarkdownIt
from markdown_it.token import Token

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Exercise, Prediction
from autograd_tutor.handout import labels, markdown, page
from autograd_tutor.handout.blocks import (
    Block,
    Chart,
    Graph,
    Handout,
    Note,
    Part,
    Printed,
    Section,
    Table,
    all_blocks,
)
from autograd_tutor.handout.markdown_html import inline_html, markdown_html
from autograd_tutor.handout.sections import Ran, handout
from autograd_tutor.handout.svg import CELL, LINE, graph_svg
from autograd_tutor.handout.withholding import Hidden, shown_part
from autograd_tutor.limits.handouts import MOST_GRAPH_ROWS, MOST_PRINTED_LINES, MOST_TABLE_ROWS
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.plots import Plot, PlottedFunction
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.lanes import Lanes
from autograd_tutor.render.rows import row

HALF = (-LINE / 2, LINE / 2)
VOID = {"meta", "br", "hr", "input"}
CODE = "a = one()\nb = a + a\nc = b + b\nc.backward()\n"

HOSTILE = """\
<script>hit = 1</script> <img src="http://example.org/x.png" onerror="hit = 1">
[link](javascript:hit=1) ![picture](http://example.org/x.png) <https://example.org>
&lt;script&gt; `<b>` "quoted" </style></section> a<!-- gone -->b<br>c

<iframe src="http://example.org"></iframe>

    <script>code</script>

| <b>head</b> | two |
|---|---|
| <i>x</i> | </table> |

# Heading

### <u>Deep</u>
"""


def step(**fields: object) -> Step:
    return replace(Step("s", "A step", "Look.", CODE, watch=("a", "b", "c")), **fields)  # type: ignore[arg-type]


def lesson(*steps: Step, **fields: object) -> Lesson:
    made = Lesson("made", Path("made.yaml"), "Made up", "Nothing", "Tests", steps or (step(),))
    return replace(made, **fields)  # type: ignore[arg-type]


def whole(made: Trace) -> Trace:
    made.finish(result(snapshots=len(made)))
    return made


def printed(*steps: Step, traces: Sequence[Trace] = (), with_answers: bool = False) -> Handout:
    made = lesson(*steps)
    found = traces or [whole(doubled())]
    recorded = dict(zip((each.id for each in made.steps), found, strict=False))
    return handout(made, Ran("2.13.0", False, recorded), "made", {}, with_answers)


def of_kind(section: Section, kind: type) -> list[Block]:
    return [each for each in all_blocks(section.blocks) if isinstance(each, kind)]


class Elements(HTMLParser):
    """The elements of a page; every one that begins has to end in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of {tag} is there twice"
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]


def check_page(text: str) -> Elements:
    """What holds for every page."""
    elements = Elements(text)
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for _, attributes in elements.found:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert attributes.get(name, ids[0]) in ids
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        href = attributes.get("href", "#")
        assert href is not None
        assert href.startswith(("#", "http://", "https://", "mailto:"))
        assert not href.startswith("#") or href == "#" or href[1:] in ids
    levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert not elements.all("script", "iframe", "img", "link", "object", "embed")
    drawn = elements.all("svg")
    assert all(each.get("role") == "img" and "aria-labelledby" in each for each in drawn)
    assert all("scope" in each for each in elements.all("th"))
    assert "@import" not in text
    assert "url(" not in text
    return elements


class TestPage:
    def test_a_page_is_well_formed_and_named(self) -> None:
        elements = check_page(page.page(printed()))
        assert elements.all("html") == [{"lang": "en"}]
        assert elements.texts["title"] == ["Made up", "Graph of c"]
        assert "".join(elements.texts["h2"]) == "Step 1: A step"
        assert elements.all("a")[0] == {"class": "skip", "href": "#step-1"}
        assert len(elements.all("caption")) == len(elements.all("table")) == 2

    def test_a_translated_lesson_says_its_language(self) -> None:
        made = lesson(translation=Path("lessons/05-name.de_AT.yaml"))
        written = page.page(handout(made, Ran("2.13.0"), "made", {}, with_answers=False))
        assert '<html lang="de-AT">' in written

    def test_code_is_numbered_from_its_first_line(self) -> None:
        written = page.page(printed(step(first_line=41)))
        assert 'style="counter-reset: line 40"' in written
        assert written.count('<span class="line">') == 4

    def test_a_long_heading_in_a_text_leaves_no_level_out(self) -> None:
        written = markdown_html("### Three\n\n# One\n\n###### Six", 4)
        assert re.findall(r"<h(\d)>", written) == ["4", "4", "5"]

    def test_markdown_keeps_its_meaning(self) -> None:
        text = "**a** *b* `c<d`\n\n- one\n- two\n\n3. three\n\n> said\n\n    x  y\n"
        written = markdown_html(text, 3)
        for each in (
            "<strong>a</strong> <em>b</em> <code>c&lt;d</code>",
            "<ul><li>one</li>\n<li>two</li>\n</ul>",
            '<ol start="3"><li>three</li>',
            "<blockquote><p>said</p>",
            "<pre><code>x  y</code></pre>",
        ):
            assert each in written


class TestForeignLessons:
    @pytest.fixture
    def hostile(self) -> Handout:
        tag = "</title><script>hit = 1</script>"
        asked = Prediction(HOSTILE, "choice", "1", 2, choices=(tag, "`<b>`"), because=HOSTILE)
        error = Error("RuntimeError", tag, 1, f"Traceback\n{tag}")
        bad = trace(
            snapshot(0),
            snapshot(1, stdout=f"{tag}\x1b[31m\u202e", values={f"d['{tag}']": tag}),
            snapshot(2, tensors={tag: scalar(1.0)}, error=error),
            code=f"x = '{tag}'\ny = 1\n",
        )
        bad.finish(result(error=error, ok=False))
        solution = Exercise(f"# {tag}", (), (HOSTILE,), then=HOSTILE)
        steps = (
            Step("s", tag, HOSTILE, bad.code, watch=()),
            Step("q", tag, HOSTILE, bad.code, predictions=(asked,), then=HOSTILE),
            Step("e", tag, HOSTILE, f"# {tag}", exercise=solution),
        )
        recorded = {"s": bad, "q": bad}
        made = lesson(*steps, title=tag, summary=tag, chapter=tag, needs=(tag,))
        return handout(made, Ran(tag, False, recorded, {"s": tag}), tag, {tag: tag}, True)

    def test_nothing_of_a_lesson_becomes_a_part_of_the_page(self, hostile: Handout) -> None:
        written = page.page(hostile)
        elements = check_page(written)
        assert "javascript:" not in [each.get("href") for each in elements.all("a")]
        assert "\x1b" not in written
        assert "\u202e" not in written
        assert "gone" not in written
        assert written.count("&lt;script&gt;hit = 1&lt;/script&gt;") > 8

    def test_nor_is_there_html_in_the_markdown(self, hostile: Handout) -> None:
        written = markdown.text(hostile)
        first, *others = html_in(written)
        assert first == markdown.BEGINNING
        assert others == []
        assert "\x1b" not in written
        assert "    <script>code</script>" in written  # code stays what it is

    def test_code_in_a_choice_is_code(self) -> None:
        assert inline_html("`<b>` & x") == "<code>&lt;b&gt;</code> &amp; x"


def html_in(text: str) -> list[str]:
    """What a reader of Markdown takes for HTML."""

    def walk(tokens: Sequence[Token]) -> Iterator[str]:
        for each in tokens:
            if each.type.startswith("html"):
                yield each.content
            yield from walk(each.children or ())

    return list(walk(MarkdownIt("commonmark").enable("table").parse(text)))


class TestQuestions:
    ASKED = (
        Prediction("What is `c`?", "number", "c.item()", 3, because="Twice b."),
        Prediction("Which?", "several", "['a']", choices=("a", "`b`")),
    )

    def asks(self, *predictions: Prediction, with_answers: bool = False) -> Handout:
        made = doubled()
        answers = (Answer(0, ("4.0",), 4.0),)
        made.snapshots[3] = replace_answers(made, 3, answers)
        made.finish(result(snapshots=8, answers=(Answer(1, ("a",)),)))
        one = step(predictions=predictions or self.ASKED, then="So it goes.")
        return printed(one, traces=[made], with_answers=with_answers)

    def test_there_is_room_for_each_answer(self) -> None:
        elements = check_page(page.page(self.asks()))
        kinds = [each["type"] for each in elements.all("input")]
        assert kinds == ["text", "checkbox", "checkbox"]
        assert "".join(elements.texts["legend"]) == labels.CHOOSE_SEVERAL

    @pytest.mark.parametrize(("kind", "type_"), [("choice", "radio"), ("order", "text")])
    def test_choices_are_ticked_or_numbered(self, kind: str, type_: str) -> None:
        one = Prediction("Which?", kind, "'a'", 3, choices=("a", "b"))  # type: ignore[arg-type]
        elements = check_page(page.page(self.asks(one)))
        assert [each["type"] for each in elements.all("input")] == [type_] * 2

    def test_what_comes_after_the_moment_is_left_out(self) -> None:
        (section,) = self.asks(self.ASKED[0]).steps
        (part,) = [each for each in section.blocks if isinstance(each, Part)]
        assert part.title == labels.results_before(3)
        (table,) = of_kind(section, Table)
        assert isinstance(table, Table)
        assert [each[0] for each in table.rows] == ["a", "b"]
        assert part.blocks[-1] == Note(labels.withheld(has_answers=False))
        text = markdown.text(self.asks(self.ASKED[0]))
        assert "So it goes" not in text
        assert "Twice b" not in text

    def test_answers_stand_at_the_end(self) -> None:
        made = self.asks(with_answers=True)
        text = markdown.text(made)
        asked, answers = text.split("## Answers")
        assert "So it goes" not in asked
        assert "Question 1 of 2, before line 3.** The run: **4**" in answers
        assert "Twice b." in answers
        assert "Question 2 of 2, before the step.** The run: **a**" in answers
        assert "So it goes." in answers
        check_page(page.page(made))

    def test_an_order_is_written_in_markdown(self) -> None:
        one = Prediction("Which?", "order", "['a']", 3, choices=("a", "b"))
        text = markdown.text(self.asks(one))
        assert "- \\_\\_\\_ a" in text

    def test_lines_have_numbers_in_markdown_where_a_question_names_one(self) -> None:
        by_line, others = self.asks(self.ASKED[0]), self.asks(self.ASKED[1])
        assert "```text\n1  a = one()\n2  b = a + a\n" in markdown.text(by_line)
        assert f"```python\n{CODE}```" in markdown.text(others)

    def test_a_step_that_was_not_run_says_so(self) -> None:
        made = printed(step(predictions=self.ASKED), traces=[Trace(0, CODE)], with_answers=True)
        assert Note(labels.NOT_RUN) in all_blocks(made.steps[0].blocks)
        assert made.answers is not None


def replace_answers(made: Trace, at: int, answers: tuple[Answer, ...]):  # type: ignore[no-untyped-def]
    from msgspec.structs import replace as changed

    return changed(made.snapshots[at], answers=answers)


class TestWithholding:
    def test_a_question_at_a_node_ends_within_the_pass(self) -> None:
        made = whole(doubled())
        asked = Prediction("?", "number", "1", node="AccumulateGrad")
        part, line = shown_part(made, step(predictions=(asked,)))
        assert (len(part), line) == (6, 0)
        assert part.passes == {}
        assert part.result is None

    def test_what_was_held_back_is_unknown_until_it_is_made_anew(self) -> None:
        made = doubled()
        hidden = Hidden()
        hidden.note(made, 4, shown=False)
        assert hidden.names == {"a.grad"}
        hidden.note(trace(snapshot(0), snapshot(1, tensors={"a": scalar(2.0)})), 0, shown=True)
        assert hidden.names == {"a.grad"}  # its value is new, its gradient is not
        hidden.note(made, 0, shown=True)
        assert hidden.names == set()


class TestResults:
    def test_a_pass_has_a_table_of_what_came_to_the_leaves(self) -> None:
        (section,) = printed().steps
        tables = of_kind(section, Table)
        assert tables[1] == Table(
            labels.gradients("backward", 1, 4),
            labels.GRADIENT_HEADS,
            (("a", "4.", "AddBackward0 twice", "4."),),
        )

    def test_the_graph_is_drawn_once_as_long_as_it_is_the_same(self) -> None:
        made = whole(doubled())
        again = Trace(1, "d = 1\n", made.state(len(made) - 1), made.nodes)
        again.add(snapshot(0, step=1))
        again.add(snapshot(1, step=1, values={"d": "1"}))
        again.finish(result(step=1))
        first, second = printed(step(), step(id="t", code="d = 1\n"), traces=[made, again]).steps
        (graph,) = of_kind(first, Graph)
        assert isinstance(graph, Graph)
        assert graph.title == "Graph of c"
        assert of_kind(second, Graph) == []
        assert any("as in “Step 1: A step”" in each.text for each in of_kind(second, Note))  # type: ignore[union-attr]

    def test_an_error_that_is_meant_is_called_so(self) -> None:
        error = Error("RuntimeError", "no", 1, "Traceback\nRuntimeError: no")
        made = trace(snapshot(0), snapshot(1, error=error, raised=True))
        made.finish(result(error=error))
        (section,) = printed(step(raises="RuntimeError", code=made.code), traces=[made]).steps
        assert of_kind(section, Printed) == [
            Printed(labels.FAILS, "Traceback\nRuntimeError: no", is_error=True)
        ]

    def test_much_is_cut_and_that_is_said(self) -> None:
        lines = "\n".join(map(str, range(200)))
        many = {f"v{number}": str(number) for number in range(50)}
        made = whole(trace(snapshot(0), snapshot(1, stdout=lines, values=many)))
        (section,) = printed(step(watch=(), code=made.code), traces=[made]).steps
        (output,) = of_kind(section, Printed)
        assert isinstance(output, Printed)
        assert output.text.split("\n")[-2:] == [str(MOST_PRINTED_LINES - 1), "… and 160 lines more"]
        (table,) = of_kind(section, Table)
        assert isinstance(table, Table)
        assert len(table.rows) == MOST_TABLE_ROWS
        assert Note(labels.more(50 - MOST_TABLE_ROWS, "name")) in of_kind(section, Note)

    def test_a_deep_graph_has_the_rows_of_a_page(self) -> None:
        nodes = [node(n, f"Op{n * n % 97}Backward0", n + 1) for n in range(1, 300)]
        made = whole(
            trace(
                snapshot(0),
                snapshot(
                    1, tensors={"y": result_of(1, 1.0)}, nodes=(*nodes, node(300, "LastBackward0"))
                ),
            )
        )
        (section,) = printed(step(watch=("y",), code=made.code), traces=[made]).steps
        (graph,) = of_kind(section, Graph)
        assert isinstance(graph, Graph)
        assert len(graph.rows) <= MOST_GRAPH_ROWS
        check_page(page.page(printed(step(watch=("y",), code=made.code), traces=[made])))

    def test_a_large_tensor_and_nan_are_said_in_short(self) -> None:
        wide = tensor(*map(float, range(100)), shape=(10, 10))
        odd = tensor(1.0, float("nan"))
        made = whole(trace(snapshot(0), snapshot(1, tensors={"wide": wide, "odd": odd})))
        (section,) = printed(step(watch=("wide", "odd"), code=made.code), traces=[made]).steps
        (table,) = of_kind(section, Table)
        assert isinstance(table, Table)
        assert table.rows[0][2].startswith("0 to 99, norm ")
        assert table.rows[1][2] == "! 1 of 2 nan, [ 1., nan]"


def line_begin(line: str) -> tuple[float, float]:
    x, y = re.split("[VHQ]", line)[0].split()
    return float(x), float(y)


def line_end(line: str) -> tuple[float, float]:
    """Where a line from the middle of a cell meets its edge; of a curve, its second end."""
    x, y = line_begin(line)
    if "V" in line:
        return x, float(line.partition("V")[2])
    if "H" in line:
        return float(line.partition("H")[2]), y
    *_, x, y = map(float, line.partition("Q")[2].split())
    return x, y


class TestDrawings:
    def test_every_edge_is_a_line_between_signs(self) -> None:
        rows = (
            row("  ", ("", ""), ("●", "operation"), ("─╮ ", "dim"), ("b", "operation")),
            row("  ", ("", ""), ("◆", "leaf"), ("─╯ ", "dim"), ("a", "leaf")),
        )
        drawn = graph_svg(Graph("Graph", rows, ("one", "two")), "g")
        (path,) = re.findall(r'class="lane" d="([^"]*)"', drawn)
        for line in ("M31.5 11V22", "M31.5 33V22", "M31.5 11H36", "M31.5 33H36"):
            assert line in path  # both signs lead to each other, and to the lane beside them
        assert path.count("Q") == 2
        assert '<desc id="g-d">one two</desc>' in drawn
        assert drawn.count("<circle") == 1
        assert drawn.count('class="sign') == 2

    @pytest.mark.parametrize("seed", range(20))
    def test_no_line_of_a_graph_ends_in_the_air(self, seed: int) -> None:
        drawn = random.Random(seed)
        count = drawn.randint(2, 30)
        links = [
            [drawn.randrange(at + 1, count) for _ in range(drawn.randint(0, 3) * (at + 1 < count))]
            for at in range(count)
        ]
        rows = tuple(
            row("  ", (line.before, "dim"), ("●", "operation"), (f"{line.after} ", "dim"), f"n{at}")
            for at, line in enumerate(Lanes(links))
        )
        (path,) = re.findall(r'class="lane" d="([^"]*)"', graph_svg(Graph("G", rows, ()), "g"))
        ends = Counter(line_end(each) for each in path.split("M")[1:])
        ends.update(line_begin(each) for each in path.split("M")[1:] if "Q" in each)
        assert ends
        assert set(ends.values()) <= {1, 2}
        for (x, y), times in ends.items():
            if times == 1:  # it goes behind a lane that it has nothing to do with
                passed = [
                    [(side, y + half) for half in HALF] for side in (x - CELL / 2, x + CELL / 2)
                ]
                assert any(all(end in ends for end in each) for each in passed)
                assert y % LINE == LINE / 2

    def test_a_function_is_drawn_with_its_tangent(self) -> None:
        points = tuple((x / 10, x * x / 100, x / 5) for x in range(-20, 21))
        made = trace(snapshot(0), snapshot(1, tensors={"a": scalar(1.0)}))
        plotted = PlottedFunction(points, ((1.0, 1.0, 2.0),))
        made.finish(result(plotted=plotted))
        plot = Plot((), "lambda t: t ** 2", "a", -2.0, 2.0)
        one = step(plot=plot, code=made.code, watch=("a",))
        (section,) = printed(one, traces=[made]).steps
        (chart,) = of_kind(section, Chart)
        assert isinstance(chart, Chart)
        curve, tangent = chart.lines
        (ends,) = tangent.pieces
        # y = 2x - 1 from the lower edge, y = 0 at x = 1/2, to the right one, y = 3 at x = 2.
        assert ends == pytest.approx([((0.5 + 2) / 4, 0.0), (1.0, 0.75)])
        assert curve.pieces[0][0] == pytest.approx((0.0, 1.0))
        assert chart.points == (pytest.approx((0.75, 0.25)),)
        assert "slope 2" in " ".join(chart.listed)
        check_page(page.page(printed(one, traces=[made])))

    def test_curves_break_where_there_is_no_number(self) -> None:
        values = (1.0, float("nan"), 3.0, 4.0)
        shots = [
            snapshot(0),
            *(snapshot(n, tensors={"y": scalar(v)}) for n, v in enumerate(values, 1)),
        ]
        made = whole(trace(*shots))
        one = step(plot=Plot(("y",)), code=made.code, watch=("y",))
        (section,) = printed(one, traces=[made]).steps
        (chart,) = of_kind(section, Chart)
        assert isinstance(chart, Chart)
        assert len(chart.lines[0].pieces) == 2
        assert chart.cells
        assert "y, 4 numbers:" in chart.listed


def colours(scheme: str) -> dict[str, str]:
    css = files("autograd_tutor.handout").joinpath("page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    assert len(blocks) == 2
    return dict(re.findall(r"--(\w+): (#\w{6});", blocks[scheme == "dark"]))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "soft"])
def test_all_text_stands_out(scheme: str, ground: str) -> None:
    """By the formula of WCAG 2.2, level AA."""
    found = colours(scheme)
    texts = found.keys() - {"paper", "soft", "line"}
    assert len(texts) == 11
    for name in texts:
        one, other = sorted((luminance(found[name]), luminance(found[ground])))
        assert (other + 0.05) / (one + 0.05) >= 4.5, name


@pytest.mark.parametrize(
    "source",
    [
        r"\`<img src=x onerror=alert(1)>\`",
        "`a\nb` <img src=x onerror=alert(1)> `c`",
        "<!--\n```\n-->\n\n```\n<script>alert(1)</script>\n````",
        "Text <b>bold</b> and `<i>`",
    ],
)
def test_whatever_a_lesson_writes_there_is_no_html_in_its_markdown(source: str) -> None:
    written = markdown._prose(source, 2)

    def kinds(tokens: Sequence[Token]) -> Iterator[str]:
        for token in tokens:
            yield token.type
            yield from kinds(token.children or ())

    assert not [kind for kind in kinds(MarkdownIt().parse(written)) if kind.startswith("html")]
