"""The glossary: its entries, how they are found, and what is derived from the formulas."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from autograd_tutor import language
from autograd_tutor.analysis.terms import Names
from autograd_tutor.course import glossary as module
from autograd_tutor.course import library
from autograd_tutor.course.glossary import Entry, Glossary, folded, glossary
from autograd_tutor.formulas import FORMULAS
from autograd_tutor.render.glossary import (
    choice_listing,
    each_once,
    entries_of,
    entry_rows,
    find,
    matching,
    meant,
    of_node,
    of_saved,
)
from autograd_tutor.render.operation_entry import known_node
from autograd_tutor.render.rows import Rows
from autograd_tutor.render.signs import to_ascii

ENGLISH = glossary()
GERMAN = glossary("de")
ENTRIES = [pytest.param(each, id=each.term) for each in ENGLISH.entries]

SENTENCE_END = re.compile(r"[.?!](?=\s|$)")


def text(rows: Rows) -> str:
    return "\n".join(each.text for each in rows)


class TestEntries:
    def test_there_are_many(self) -> None:
        assert len(ENGLISH.entries) >= 70

    @pytest.mark.parametrize("entry", ENTRIES)
    def test_one_sentence_then_a_few(self, entry: Entry) -> None:
        assert len(SENTENCE_END.findall(entry.short)) == 1
        assert entry.short.endswith(".")
        assert len(entry.short) <= 100
        assert 2 <= len(SENTENCE_END.findall(entry.more)) <= 5

    @pytest.mark.parametrize("entry", ENTRIES)
    def test_what_it_names_is_there(self, entry: Entry) -> None:
        assert 1 <= len(entry.see) <= 9
        for term in entry.see:
            found = find(ENGLISH, term)
            assert found is not None, term
            assert found.term == term
            assert found is not entry
        assert library.find(entry.lesson).id == entry.lesson

    @pytest.mark.parametrize("entry", ENTRIES)
    def test_it_is_found_by_each_spelling(self, entry: Entry) -> None:
        for spelling in entry.spellings:
            assert ENGLISH.find(spelling) is entry, spelling

    @pytest.mark.parametrize("entry", ENTRIES)
    def test_an_example_fits_beside_the_text(self, entry: Entry) -> None:
        for line in entry.example.splitlines():
            assert len(line) <= 70


class TestFinding:
    @pytest.mark.parametrize(
        ("typed", "term"),
        [
            ("leaf", "leaf"),
            ("Leaves", "leaf"),
            ("leafs", "leaf"),
            ("`grad_fn`", "grad_fn"),
            ("GRAD-FN", "grad_fn"),
            ("grad fn", "grad_fn"),
            ("x.grad", ".grad"),
            ("model.weight.grad", ".grad"),
            ("grad", "grad"),
            ("torch.no_grad()", "no_grad"),
            ("requires_grad=True", "requires_grad"),
            ("requires_grad_", "requires_grad_"),
            ("p.requires_grad_(False)", "requires_grad_"),
            ("torch::autograd::AccumulateGrad", "AccumulateGrad"),
            ("torch.autograd.grad", "torch.autograd.grad"),
            ("VJP", "vector-Jacobian product"),
            ("vector jacobian products", "vector-Jacobian product"),
            ("MulBackward0", "MulBackward0"),
            ("mulbackward", "MulBackward0"),
            ("torch.exp", "ExpBackward0"),
            ("mul_", "MulBackward0"),
        ],
    )
    def test_a_term_in_any_spelling(self, typed: str, term: str) -> None:
        found = find(ENGLISH, typed)
        assert found is not None
        assert found.term == term

    @pytest.mark.parametrize(
        ("typed", "near"),
        [("gradent", "gradient"), ("retian_graph", "retain_graph"), ("MullBackward0", "Mul")],
    )
    def test_what_is_misspelt_is_near_to_something(self, typed: str, near: str) -> None:
        assert find(ENGLISH, typed) is None
        assert near in (meant(ENGLISH, typed) or "")

    def test_what_is_near_to_nothing(self) -> None:
        assert find(ENGLISH, "qqqqqqqqqq") is None
        assert meant(ENGLISH, "qqqqqqqqqq") is None
        assert find(ENGLISH, "") is None

    def test_underscores_at_the_end_tell_methods_apart(self) -> None:
        assert folded("requires_grad_") != folded("requires_grad")
        assert folded("Requires-grad") == folded("requires grad")


class TestMentioned:
    def test_in_the_order_of_a_text(self) -> None:
        found = ENGLISH.mentioned("A pass fills the `.grad` of leaves, not of **nodes**.")
        assert [each.term for each in found] == ["backward pass", ".grad", "leaf", "node"]

    def test_words_that_are_terms_as_code_alone(self) -> None:
        assert ENGLISH.mentioned("The other result of the condition itself, step by step.") == []
        found = ENGLISH.mentioned("The node keeps `other` and `result`; then `opt.step()`.")
        assert [each.term for each in found][1:] == ["saved tensor", "other", "result", "step"][-3:]

    def test_a_longer_term_hides_the_shorter_in_it(self) -> None:
        found = ENGLISH.mentioned("A vector-Jacobian product, and a saved\ntensor.")
        assert [each.term for each in found] == ["vector-Jacobian product", "saved tensor"]

    def test_no_part_of_a_word(self) -> None:
        assert ENGLISH.mentioned("An overview: passage, hookworm, edgewise.") == []


class TestOperations:
    def test_every_operation_is_explained(self) -> None:
        for name, formula in FORMULAS.items():
            entry = of_node(ENGLISH, name)
            assert entry.term == name
            if ENGLISH.find(name) is None:
                assert formula.operation in entry.short
                assert formula.forward in entry.more
                assert formula.sentence in entry.more
                for one in formula.inputs:
                    assert f"`{one.name}`: `{one.text}`" in entry.more
                assert "torch numbers them from 0" in entry.more
            assert entry_rows(entry, 72)

    @pytest.mark.parametrize(
        ("name", "needed"), [("Mul", "`self`, `other`"), ("Tanh", "`result`"), ("Add", None)]
    )
    def test_what_a_formula_reads_is_what_the_node_needs(
        self, name: str, needed: str | None
    ) -> None:
        entry = known_node(name)
        assert entry is not None
        said = [each for each in entry.more.split("\n\n") if each.startswith("For that it needs")]
        assert [each.partition(".")[0] for each in said] == (
            [f"For that it needs from the forward pass: {needed}"] if needed else []
        )

    def test_the_other_forms_of_an_operation_are_named(self) -> None:
        entry = known_node("SumBackward1")
        assert entry is not None
        assert "`SumBackward0` (sum of all elements)" in entry.more
        assert "SumBackward1" not in entry.more

    def test_a_node_of_an_operation_that_is_not_known(self) -> None:
        entry = of_node(ENGLISH, "FlashySolveBackward0")
        assert "FlashySolve" in entry.short
        assert "No formula is known" in entry.more
        assert find(ENGLISH, "FlashySolveBackward0") is None  # typed, it is a mistake

    def test_a_node_of_a_function_of_ones_own(self) -> None:
        entry = of_node(ENGLISH, "SquareBackward")
        assert entry.see == ("custom Function", "ctx")
        assert "Function of your own" in entry.short

    def test_any_name_is_explained_somehow(self) -> None:
        assert of_node(ENGLISH, "torch::dynamo::Odd").term == "Odd"

    @pytest.mark.parametrize(
        ("name", "term"),
        [
            ("self", "self"),
            ("mat2", "mat2"),
            ("indices[0]", "indices"),
            ("saved_tensors[3]", "saved_tensors"),
            ("self_sym_sizes", "shape of self"),
            ("shape of weight", "shape of self"),
        ],
    )
    def test_what_a_node_keeps_has_an_entry(self, name: str, term: str) -> None:
        assert of_saved(ENGLISH, name).term == term

    def test_what_a_node_keeps_is_derived_from_the_operations_that_have_it(self) -> None:
        assert "torch's name for an input" in of_saved(ENGLISH, "batch1").short
        assert of_saved(ENGLISH, "negative_slope").term == "negative_slope"

    def test_entries_of_a_thing(self) -> None:
        names = Names(("leaf",), ("MulBackward0",), ("self", "self_sym_numel", "other"))
        terms = [each.term for each in entries_of(ENGLISH, names)]
        assert terms == ["leaf", "MulBackward0", "self", "other"]
        assert each_once(entries_of(ENGLISH, names) * 2) == entries_of(ENGLISH, names)


class TestGerman:
    def test_the_first_lessons_have_theirs(self) -> None:
        own = [each for each in GERMAN.entries if each.short != english(each.term).short]
        assert len(own) >= 25
        for each in own:
            assert each.more != english(each.term).more
            assert each.example == english(each.term).example
            assert each.lesson == english(each.term).lesson
            assert each.short.endswith(".")

    def test_each_is_found_in_both_languages(self) -> None:
        assert GERMAN.find("Blätter") is GERMAN.find("leaves") is GERMAN.find("leaf")
        leaf = GERMAN.find("Blatt")
        assert leaf is not None
        assert leaf.title == "Blatt (leaf)"
        assert leaf.term == "leaf"

    def test_what_is_missing_is_there_in_english(self) -> None:
        assert GERMAN.find("vmap") == ENGLISH.find("vmap")
        assert [each.term for each in GERMAN.entries] == [each.term for each in ENGLISH.entries]

    def test_a_language_without_a_file(self) -> None:
        assert glossary("xx").entries == ENGLISH.entries

    def test_it_translates_terms_that_there_are(self) -> None:
        terms = [raw["term"] for raw in module._read(module._file_of("de"))]
        assert set(terms) <= {each.term for each in ENGLISH.entries}
        assert len(set(terms)) == len(terms)

    def test_a_german_text_mentions_german_terms(self) -> None:
        found = GERMAN.mentioned("Die Blätter stehen am Ende des Graphen, `grad_fn` davor.")
        assert [each.term for each in found] == ["leaf", "autograd graph", "grad_fn"]


def english(term: str) -> Entry:
    found = ENGLISH.find(term)
    assert found is not None
    return found


class TestMatching:
    def test_names_come_before_sentences(self) -> None:
        terms = [each.term for each in matching(ENGLISH, "leaf")]
        assert terms[0] == "leaf"
        assert terms.index("requires_grad_") > 0

    def test_nodes_are_found_by_name_and_by_operation(self) -> None:
        assert matching(ENGLISH, "tanh")[0].term == "TanhBackward0"
        assert "MmBackward0" in [each.term for each in matching(ENGLISH, "matrix product")]

    def test_everything_without_a_query_and_nothing_for_nonsense(self) -> None:
        assert matching(ENGLISH, "  ") == list(ENGLISH.entries)
        assert matching(ENGLISH, "qqqq") == []


class TestRows:
    def test_an_entry_in_full(self) -> None:
        rows = entry_rows(english("leaf"), 72, "Leaves and the rest", numbered=True)
        shown = text(rows)
        assert shown.startswith("leaf\nalso: leaves, is_leaf, leaf tensor\n\nA tensor that no")
        assert "  x.is_leaf, (x * 3).is_leaf  # (True, False)" in shown
        assert "see: 1 parameter, 2 .grad" in shown
        assert shown.endswith("lesson: Leaves and the rest")

    @pytest.mark.parametrize("width", [8, 30, 72, 200])
    def test_no_row_is_wider_than_there_is_room(self, width: int) -> None:
        for each in ENGLISH.entries:
            rows = entry_rows(each, width, "A lesson")
            code = {f"  {line}" for line in each.example.splitlines()}
            assert all(line.width <= max(8, width) for line in rows if line.text not in code)

    def test_in_ascii_formulas_are_spelled(self) -> None:
        entry = known_node("pow")
        assert entry is not None
        shown = text(entry_rows(entry, 72, ascii_only=True))
        assert "grad * exponent * self^(exponent - 1)" in to_ascii(shown)
        assert to_ascii(shown).isascii()

    def test_what_is_in_view_stands_above_all_others(self) -> None:
        here, others = [english("leaf")], [english("node"), english("hook")]
        listing = choice_listing(here, others, 1, 80, False)
        lines = [each.text for each in listing.rows]
        assert lines[0] == "in view"
        assert lines[1].startswith("  leaf ")
        assert lines[2] == "all others"
        assert lines[3].startswith("▶ node ")
        assert listing.scroll_to == [3]

    def test_of_nothing_that_is_said(self) -> None:
        (line,) = choice_listing([], [], 0, 80, False).rows
        assert line.text == "Nothing has all of these words."


def test_the_first_screen_needs_none_of_it() -> None:
    script = (
        "import sys, autograd_tutor.ui.app, autograd_tutor.ui.lesson_screen\n"
        "print([name for name in sys.modules if 'glossary' in name or 'operation_entry' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_glossary_is_read_once() -> None:
    assert glossary() is glossary()
    for codes in (("de",), ("de_AT", "de"), ("xx", "de")):
        language.use(codes)
        assert glossary().entries == GERMAN.entries
    assert isinstance(glossary("de"), Glossary)
