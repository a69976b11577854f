"""What lessons show of PyTorch is explained: names of nodes, what these keep, terms."""

from __future__ import annotations

import re

import pytest

from autograd_tutor.course import library
from autograd_tutor.course import target as targets
from autograd_tutor.course.glossary import Entry, glossary
from autograd_tutor.formulas import formula_of
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.render.glossary import find, of_node, of_saved
from autograd_tutor.render.saved_words import worth_showing

KNOWN = glossary()
CODE = re.compile(r"`([^`]+)`")
WORD = re.compile(r"[^\W\d_]\w*")
AUTOGRAD = re.compile(
    r"grad|backward|Backward|Accumulate|hook|detach|leaf|graph|checkpoint|jvp|vjp|vmap|jacfwd"
    r"|saved?_|ctx|Parameter|buffer|state_dict|dual|tangent|level|version|next_functions|CopySlices"
)
"""Words in code that have to do with autograd; lessons name many others."""
OF_LESSONS = re.compile(r"bias_grad|[A-Z][a-z]+Backward")
"""Names of a lesson's own: of a variable, and of the nodes of Functions that it defines."""


class Shown:
    """What the passes and graphs of all lessons have shown."""

    def __init__(self) -> None:
        self.nodes: dict[str, bool] = {}
        """Whether it is of a Function written in Python, by name."""
        self.saved: set[str] = set()
        self.kept: dict[str, set[str]] = {}
        """By the name of a node, what such nodes have kept."""


@pytest.fixture(scope="module")
def shown() -> Shown:
    found = Shown()
    with Playthrough() as playthrough:
        for path in library.course_files():
            for _ in playthrough.play(targets.load(path)):
                pass
            assert playthrough.recording is not None
            for trace in playthrough.recording.traces.values():
                found.nodes |= {each.name: each.custom for each in trace.nodes.values()}
                for moment in trace.snapshots:
                    if moment.backward is None or moment.backward.node not in trace.nodes:
                        continue
                    kept = worth_showing(moment.backward.saved)
                    found.saved |= {each.name for each in kept}
                    node = trace.nodes[moment.backward.node].name
                    found.kept.setdefault(node, set()).update(each.name for each in kept)
    return found


def explains(entry: Entry) -> bool:
    return "No formula is known" not in entry.more


@pytest.mark.timeout(600)  # all lessons are run
class TestWhatLessonsShow:
    def test_each_node_is_explained(self, shown: Shown) -> None:
        assert len(shown.nodes) >= 40
        assert "TBackward0" in shown.nodes
        assert "AccumulateGrad" in shown.nodes
        for name, custom in shown.nodes.items():
            entry = of_node(KNOWN, name)
            assert explains(entry), name
            assert custom == ("Function of your own" in entry.short), name
            if not custom:
                assert find(KNOWN, name) == entry

    def test_each_name_of_what_nodes_keep_is_explained_by_hand(self, shown: Shown) -> None:
        assert {"self", "other", "result", "mat1", "mat2"} <= shown.saved
        for name in shown.saved:
            entry = of_saved(KNOWN, name)
            assert KNOWN.find(entry.term) is entry, name

    def test_a_node_has_kept_what_its_entry_says_that_it_needs(self, shown: Shown) -> None:
        compared = 0
        for node, kept in shown.kept.items():
            formula = formula_of(node)
            if KNOWN.find(node) is None and formula is not None:
                _, _, needed = of_node(KNOWN, node).more.partition("For that it needs")
                names = CODE.findall(needed.partition("\n\n")[0])
                # Of several inputs some may require no gradients: then less is kept.
                assert kept & set(names) if names and formula.inputs[1:] else set(names) <= kept
                compared += len(names)
        assert compared >= 15


def test_each_term_of_autograd_that_a_lesson_names_in_code_is_explained() -> None:
    named: dict[str, str] = {}
    for path in library.course_files():
        lesson = library.load(path)
        for step in lesson.steps:
            for code in CODE.findall(f"{step.explain}\n{step.then}"):
                for word in WORD.findall(code):
                    if AUTOGRAD.search(word) and not OF_LESSONS.fullmatch(word):
                        named.setdefault(word, f"{lesson.id}, {step.id}")
    assert len(named) >= 30
    assert {word: where for word, where in named.items() if find(KNOWN, word) is None} == {}


def test_the_terms_of_the_course_have_entries_by_hand() -> None:
    for term in (
        "leaf", "node", "grad_fn", "next_functions", "saved tensor", "vector-Jacobian product",
        "Jacobian", "gradient", "derivative", "slope", "parameter", "buffer", "module", "optimizer",
        "requires_grad", "retain_grad", "retain_graph", "create_graph", "detach", "no_grad",
        "inference_mode", "version counter", "view", "storage", "in-place", "broadcasting", "hook",
        "custom Function", "ctx", "forward mode", "tangent", "dual", "checkpoint", "accumulate",
        "backward pass", "autograd graph", "self", "other", "result", "AccumulateGrad",
        "TBackward0",
    ):  # fmt: skip
        found = KNOWN.find(term)
        assert found is not None, term
        assert found.term == term
