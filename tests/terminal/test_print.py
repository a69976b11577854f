"""`print`, as a shell runs it, and what it writes, as a browser shows and prints it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograd_tutor.course.target import find
from autograd_tutor.handout import markdown, page
from autograd_tutor.handout.command import run as run_lesson
from autograd_tutor.handout.sections import handout
from autograd_tutor.playing.playthrough import Playthrough
from terminal.browser import Browser, browser, found
from terminal.commands import FAILS, Run
from terminal.lessons import write
from terminal.program import PROGRAM, environment, wait_until_gone

WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from autograd_tutor.__main__ import main
sys.exit(main())
"""
BEGINNINGS = [("a.HTML", page.BEGINNING), ("a.md", markdown.BEGINNING)]
SHEETS = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
"""Width and height in inches."""


class TestCommand:
    @pytest.mark.parametrize("name", ["square.html", "square.md"])
    def test_a_handout_is_written_and_said_in_a_line(
        self, home: Path, run: Run, square: str, name: str
    ) -> None:
        done = run("print", square, "-o", name)
        assert (done.returncode, done.stdout) == (0, "")
        assert re.fullmatch(rf"{name}: 2 sections, 0 questions, \d+ kB\.\n", done.stderr)
        text = (home / name).read_text(encoding="utf-8")
        assert "autograd-tutor print" in text.split("\n\n")[0]
        for said in ("A square", "It fails", "done 42", "RuntimeError", "MulBackward0"):
            assert said in text
        wait_until_gone(home)

    @pytest.mark.parametrize(("name", "earlier"), BEGINNINGS)
    def test_an_earlier_handout_is_replaced_and_nothing_else(
        self, home: Path, run: Run, square: str, name: str, earlier: str
    ) -> None:
        file = home / name
        for other in ("mine", *(each for _, each in BEGINNINGS if each != earlier)):
            file.write_text(other, encoding="utf-8")
            refused = run("print", square, "-o", name)
            assert refused.returncode == 2
            assert "this is no handout, so it is not replaced; name another" in refused.stderr
            assert file.read_text(encoding="utf-8") == other
        file.write_text(f"{earlier}\nof yesterday", encoding="utf-8")
        assert run("print", square, "-o", name).returncode == 0
        text = file.read_text(encoding="utf-8")
        assert "A square" in text
        assert "of yesterday" not in text
        assert [each.name for each in home.iterdir() if each.suffix == file.suffix] == [name]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((), "Missing argument 'LESSON'"),
            (("parameters",), "name the file: -o parameters.html"),
            (("parameters", "-o", "-"), "name the file: -o parameters.html"),
            (("parameters", "-o", "a.pdf"), "end its name in .html or .md"),
            (("parameters", "-o", "nowhere/a.md"), "there is no folder"),
            (("parameterz", "-o", "a.md"), 'did you mean "parameters"?'),
        ],
    )
    def test_wrong_use_is_said(
        self, home: Path, run: Run, arguments: tuple[str, ...], said: str
    ) -> None:
        done = run("print", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert not [each for each in home.iterdir() if each.suffix in (".md", ".pdf")]

    def test_a_lesson_that_fails_is_written_too(self, home: Path, run: Run) -> None:
        done = run("print", write(home, "fails", FAILS), "-o", "fails.md")
        assert done.returncode == 1
        assert "Not as expected: n == 2" in done.stderr
        assert "ZeroDivisionError: division by zero" in done.stderr
        text = (home / "fails.md").read_text(encoding="utf-8")
        assert "ZeroDivisionError" in text
        assert "This step was not run." in text

    def test_a_recording_is_printed_as_its_lesson_is_and_needs_no_torch(
        self, home: Path, run: Run, square: str
    ) -> None:
        assert run("print", square, "-o", "live.md").returncode == 0
        assert run("record", square, "-o", "square.agt").returncode == 0
        done = subprocess.run(
            [PROGRAM[0], "-c", WITHOUT_TORCH, "print", "square.agt", "-o", "saved.md"],
            cwd=home, env=environment(home), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        live, saved = ((home / f"{name}.md").read_text("utf-8") for name in ("live", "saved"))
        assert saved == live.replace("square.yaml", "square.agt")

    def test_a_translated_lesson_is_printed_in_its_language(self, home: Path, run: Run) -> None:
        done = run("print", "parameters", "-o", "de.html", LANG="de_DE.UTF-8")
        assert done.returncode == 0, done.stderr
        text = (home / "de.html").read_text(encoding="utf-8")
        assert '<html lang="de">' in text
        assert "Schritt 1: " in text
        assert "Was der Lauf zeigt" in text
        assert "What the run shows" not in text

    def test_a_script_is_printed_with_the_lines_of_its_file(self, home: Path, run: Run) -> None:
        (home / "train.py").write_text(
            "# %%\n# First.\nn = 1\n# %%\n# Second.\nm = n + 1\nprint(m)\n"
        )
        done = run("print", "train.py", "-o", "train.html", "--no-sandbox")
        assert done.returncode == 0, done.stderr
        text = (home / "train.html").read_text(encoding="utf-8")
        assert "counter-reset: line 5" in text
        assert "<samp>2</samp>" in text


# In a browser


class Tree(HTMLParser):
    """A page as a sequence of elements and texts, however it is written."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[Any] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen += [(tag, dict(attrs)), tag]

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.seen.append(data)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two lessons of the course, the first with its answers, and a lesson that means harm."""
    home = tmp_path_factory.mktemp("pages")
    (home / "hostile.yaml").write_text(HOSTILE, encoding="utf-8")
    targets = ("optimizers", "automatic-gradients", str(home / "hostile.yaml"))
    made = {}
    with Playthrough() as playthrough:
        for target in targets:
            lesson = find(target)
            ran, as_meant = run_lesson(playthrough, lesson)
            assert as_meant
            name = Path(target).stem
            written = handout(lesson.lesson, ran, name, {}, with_answers=target == "optimizers")
            made[name] = home / f"{name}.html"
            made[name].write_text(page.page(written), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = found()
    assert program is not None, "these tests need a browser: apt-get install chromium"
    with browser(program, tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(params=["optimizers", "automatic-gradients", "hostile"])
def opened(
    request: pytest.FixtureRequest, chromium: Browser, pages: dict[str, Path]
) -> tuple[Browser, Path]:
    """A browser with one of the pages."""
    chromium.size(900)
    chromium.media()
    chromium.open(pages[request.param])
    return chromium, pages[request.param]


Opened = tuple[Browser, Path]


def test_a_browser_has_nothing_to_complain_of_or_to_fetch(opened: Opened) -> None:
    shown, file = opened
    assert shown.trouble == []
    assert shown.fetched == [file.as_uri()]
    assert shown.value("typeof hit") == "undefined"
    assert shown.value("document.compatMode") == "CSS1Compat"


def test_the_browser_builds_what_is_written(opened: Opened) -> None:
    """It mends whatever is no valid HTML, so that its tree would be another."""
    shown, file = opened
    built = Tree(shown.value("document.documentElement.outerHTML")).seen
    written = Tree(file.read_text(encoding="utf-8")).seen
    assert built == written
    assert len(built) > 100


@pytest.mark.parametrize("width", [320, 768, 1600])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    shown, _ = opened
    shown.size(width)
    assert shown.value("document.documentElement.scrollWidth") == width
    outside = "[...document.querySelectorAll('h1,h2,h3,p,li,td,label,input,figcaption,legend')]"
    far = f"{outside}.filter(e => !e.closest('.wide') && e.getBoundingClientRect().right > {width})"
    assert shown.value(f"{far}.map(e => e.outerHTML)") == []


def test_everything_has_a_name_for_those_who_listen(opened: Opened) -> None:
    shown, file = opened
    seen = shown.accessible()
    roles = [role for role, _ in seen]
    text = file.read_text(encoding="utf-8")
    assert roles.count("image") == text.count("<svg")
    assert roles.count("table") == text.count("<table") > 0
    named = [role for role, name in seen if name.strip()]
    assert named.count("table") == text.count("<caption")
    assert named.count("group") == text.count('role="group"') + text.count("<fieldset")
    for role in ("image", "textbox", "checkbox", "radio", "heading", "link", "figure"):
        names = [name for each, name in seen if each == role]
        assert all(name.strip() for name in names), role
    assert roles.count("heading") == len(re.findall(r"<h[1-6]", text))
    assert {"main", "banner", "navigation"} <= set(roles)


def test_images_are_described(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["optimizers"])
    described = chromium.value("[...document.querySelectorAll('svg desc')].map(e => e.textContent)")
    assert len(described) > 5
    assert any("MulBackward0 of loss" in each and "leads to 2 twice" in each for each in described)
    assert any("slope" in each for each in described)


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_it_is_as_dark_as_the_reader_wants(opened: Opened, scheme: str, dark: bool) -> None:
    shown, _ = opened
    shown.media(scheme)
    ground = shown.value("getComputedStyle(document.body).backgroundColor")
    red, *_ = map(int, re.findall(r"\d+", ground))
    assert (red < 64) is dark
    shown.media(scheme, "print")
    ground = shown.value("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"  # paper is white


@pytest.mark.parametrize("sheet", SHEETS)
def test_it_is_printed_on_every_sheet(opened: Opened, sheet: str) -> None:
    shown, file = opened
    shown.media("dark", "print")
    width, height = SHEETS[sheet]
    printed = shown.printed(width, height)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    pages = len(re.findall(rb"/Type /Page\b", printed))
    assert 1 <= pages <= 20
    assert (pages > 5) is (file.stem != "hostile")
    for box in boxes:
        assert [float(each) / 72 for each in box] == pytest.approx([width, height], abs=0.02)
    hidden = "['nav', 'summary', 'textarea', '.skip'].map(e => document.querySelector(e))"
    assert not shown.value(f"{hidden}.some(e => e && getComputedStyle(e).display != 'none')")


def test_the_skip_link_is_the_first_to_be_reached(opened: Opened) -> None:
    shown, _ = opened
    for event in ("rawKeyDown", "keyUp"):
        shown.ask("Input.dispatchKeyEvent", type=event, key="Tab", windowsVirtualKeyCode=9)
    assert shown.value("document.activeElement.className") == "skip"
    assert shown.value("document.activeElement.getBoundingClientRect().left") >= 0


HOSTILE = """\
format: 1
title: "</title><script>hit = 1</script>"
summary: "<img src=x onerror='hit = 1'>"
steps:
  - id: only
    title: "<svg onload='hit = 1'>"
    explain: |
      <script>hit = 1</script> <img src="http://localhost/x.png" onerror="hit = 1">
      [link](javascript:hit=1) ![picture](http://localhost/x.png) </section></main>

      <iframe src="http://localhost/"></iframe>

      | a | b |
      |---|---|
      | </table> | <style>* { display: none }</style> |
    code: |
      text = "</pre><script>hit = 1</script>"
      names = {"<script>hit = 1</script>": 1}
      print(text)
      raise ValueError("</samp><img src=x onerror='hit = 1'>")
    raises: ValueError
    watch: [text, names]
    predict:
      - ask: "<script>hit = 1</script>"
        before: 4
        kind: choice
        choices: ["<b>one</b>", "`</label><script>hit = 1</script>`"]
        answer: "'<b>one</b>'"
"""
