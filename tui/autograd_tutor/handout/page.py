"""A handout as one HTML page that needs nothing else: no script, no font, no picture from afar."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from autograd_tutor.handout import labels
from autograd_tutor.handout.blocks import (
    Answered,
    Block,
    Chart,
    Code,
    Graph,
    Handout,
    Hints,
    Note,
    Part,
    Printed,
    Prose,
    Question,
    Room,
    Section,
    Table,
)
from autograd_tutor.handout.markdown_html import inline_html, markdown_html
from autograd_tutor.handout.svg import chart_svg, graph_svg
from autograd_tutor.render.highlight import highlighted
from autograd_tutor.render.sanitize import sanitize_line

BEGINNING = "<!doctype html>\n<!-- autograd-tutor print -->\n"
"""By this an earlier handout is known."""


def page(handout: Handout) -> str:
    """The whole page."""
    return "".join(_Page(handout).pieces())


class _Page:
    """Writes a page, and gives everything an id of its own."""

    def __init__(self, handout: Handout) -> None:
        self._handout = handout
        self._ids = 0

    def pieces(self) -> Iterator[str]:
        """The page from its first line to its last."""
        handout = self._handout
        title = _text(handout.title)
        css = files("autograd_tutor.handout").joinpath("page.css").read_text(encoding="utf-8")
        yield (
            f'{BEGINNING}<html lang="{escape(handout.language)}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="generator" content="autograd-tutor">\n'
            f"<title>{title}</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
            f'<a class="skip" href="#{handout.steps[0].anchor}">{labels.SKIP}</a>\n'
            f'<header>\n<h1>{title}</h1>\n<p class="summary">{_text(handout.summary)}</p>\n'
        )
        facts = (f"<dt>{_text(k)}</dt><dd>{_text(v)}</dd>\n" for k, v in handout.facts)
        yield f'<dl class="facts">\n{"".join(facts)}</dl>\n'
        yield f'<p class="dim">{_text(handout.how_to)}</p>\n</header>\n'
        sections = [*handout.steps, *([handout.answers] if handout.answers else [])]
        links = (
            f'<li><a href="#{each.anchor}">{_text(each.title)}</a></li>\n' for each in sections
        )
        yield f'<nav aria-label="{labels.CONTENTS}">\n<ol>\n{"".join(links)}</ol>\n</nav>\n<main>\n'
        for each in sections:
            yield from self._section(each)
        yield "</main>\n</body>\n</html>\n"

    def _section(self, section: Section) -> Iterator[str]:
        anchor = section.anchor
        kind = ' class="answers"' if section is self._handout.answers else ""
        yield f'<section{kind} aria-labelledby="{anchor}">\n'
        yield f'<h2 id="{anchor}" tabindex="-1">{_text(section.title)}</h2>\n'
        for each in section.blocks:
            if isinstance(each, Part):
                yield f"<h3>{_text(each.title)}</h3>\n"
                for block in each.blocks:
                    yield self._block(block, 4)
            else:
                yield self._block(each, 3)
        yield "</section>\n"

    def _block(self, block: Block, heading: int) -> str:
        """One block; `heading`: the level of the headings in it."""
        match block:
            case Prose(markdown):
                return markdown_html(markdown, heading)
            case Note(text):
                return f'<p class="dim">{_text(text)}</p>\n'
            case Code():
                return self._code(block)
            case Printed():
                return self._printed(block)
            case Table():
                return self._table(block)
            case Graph():
                return self._figure(graph_svg(block, self._name()), block, "graph")
            case Chart():
                return self._figure(chart_svg(block, self._name()), block, "chart")
            case Question():
                return self._question(block)
            case Answered():
                return (
                    f"<p><strong>{_text(block.heading)}.</strong> {labels.THE_RUN} "
                    f"<strong>{inline_html(block.answer)}</strong></p>\n"
                    f"{markdown_html(block.because, heading)}"
                )
            case Room():
                return self._room_for_code(block)
            case Hints(title, texts):
                items = "".join(f"<li>{markdown_html(each, heading)}</li>\n" for each in texts)
                return f"<p>{_text(title)}</p>\n<ol>\n{items}</ol>\n"

    def _name(self) -> str:
        self._ids += 1
        return f"b{self._ids}"

    def _code(self, block: Code) -> str:
        name = self._name()
        lines = "".join(
            f'<span class="line">{"".join(_span(*each) for each in spans)}\n</span>'
            for spans in highlighted(block.code)
        )
        reset = f' style="counter-reset: line {block.first_line - 1}"' * (block.first_line != 1)
        return (
            f'<figure class="code" aria-labelledby="{name}">\n'
            f'<figcaption id="{name}">{_text(block.title)}</figcaption>\n'
            f'<pre tabindex="0" role="group" aria-labelledby="{name}">'
            f'<code class="lines"{reset}>{lines}</code></pre>\n</figure>\n'
        )

    def _printed(self, block: Printed) -> str:
        name = self._name()
        kind = ' class="failure"' if block.is_error else ""
        return (
            f'<figure{kind} aria-labelledby="{name}">\n'
            f'<figcaption id="{name}">{_text(block.title)}</figcaption>\n'
            f'<pre tabindex="0" role="group" aria-labelledby="{name}"><samp>'
            f"{escape(block.text)}</samp></pre>\n</figure>\n"
        )

    def _table(self, block: Table) -> str:
        name = self._name()
        heads = "".join(f'<th scope="col">{_text(each)}</th>' for each in block.heads)
        rows = "".join(
            f'<tr><th scope="row">{_text(first)}</th>'
            + "".join(f'<td class="value">{escape(each)}</td>' for each in rest)
            + "</tr>\n"
            for first, *rest in block.rows
        )
        return (
            f'<div class="wide" tabindex="0" role="group" aria-labelledby="{name}">\n<table>\n'
            f'<caption id="{name}">{_text(block.caption)}</caption>\n<thead>\n<tr>{heads}</tr>\n'
            f"</thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
        )

    def _figure(self, drawing: str, block: Graph | Chart, kind: str) -> str:
        name = self._name()
        items = "".join(f"<li>{escape(each)}</li>\n" for each in block.listed)
        return (
            f'<figure class="{kind}" aria-labelledby="{name}">\n'
            f'<figcaption id="{name}">{_text(block.title)}</figcaption>\n'
            f'<div class="wide" tabindex="0" role="group" aria-labelledby="{name}">\n{drawing}\n'
            f"</div>\n<details>\n<summary>{labels.AS_LIST}</summary>\n<ul>\n{items}</ul>\n"
            "</details>\n</figure>\n"
        )

    def _room_for_code(self, block: Room) -> str:
        name = self._name()
        return (
            f'<div class="room">\n<label for="{name}">{_text(block.title)}</label>\n'
            f'<textarea id="{name}" rows="{block.lines}" spellcheck="false" autocomplete="off">'
            f'</textarea>\n<div class="ruled" aria-hidden="true">{"<i></i>" * block.lines}</div>\n'
            "</div>\n"
        )

    def _question(self, block: Question) -> str:
        name = self._name()
        return (
            f'<section class="question" aria-labelledby="{name}">\n'
            f'<h3 id="{name}">{_text(block.heading)}</h3>\n'
            f"{markdown_html(block.ask, 4)}{self._answer_to(block, name)}</section>\n"
        )

    def _answer_to(self, block: Question, name: str) -> str:
        if not block.choices:
            return (
                f'<p class="written"><label for="{name}-a">{labels.YOUR_ANSWER}</label>'
                f'<input type="text" id="{name}-a" autocomplete="off"></p>\n'
            )
        how, kind = {
            "choice": (labels.CHOOSE, "radio"),
            "several": (labels.CHOOSE_SEVERAL, "checkbox"),
        }.get(block.kind, (labels.ORDER, "text"))
        order = " order" if kind == "text" else ""
        more = ' size="2" autocomplete="off"' if order else f' name="{name}-a"'
        choices = "".join(
            f'<label class="choice"><input type="{kind}"{more}>'
            f"<span>{inline_html(each)}</span></label>\n"
            for each in block.choices
        )
        return f'<fieldset class="choices{order}">\n<legend>{how}</legend>\n{choices}</fieldset>\n'


def _span(text: str, style: str) -> str:
    if not style:
        return escape(text)
    classes = " ".join(f"s-{name}" for name in style.split())
    return f'<span class="{classes}">{escape(text)}</span>'


def _text(text: str) -> str:
    return escape(sanitize_line(text))
