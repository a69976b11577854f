"""What the glossary shows of torch is what torch does: each example is run."""

from __future__ import annotations

import pytest
import torch

from autograd_tutor.course.glossary import Entry, glossary

# torch.func imports what has been deprecated since.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")

EXAMPLES = [pytest.param(each, id=each.term) for each in glossary().entries if each.example]


def shown(example: str) -> list[tuple[str, str]]:
    """Run the lines; of each that shows a result, that and what it says."""
    namespace: dict[str, object] = {"torch": torch}
    found: list[tuple[str, str]] = []
    for line in example.splitlines():
        code, sign, said = line.partition("  # ")
        if not sign:
            exec(code, namespace)
            continue
        try:
            found.append((repr(eval(code, namespace)), said))
        except RuntimeError as error:
            found.append((type(error).__name__, said))
    return found


@pytest.mark.parametrize("entry", EXAMPLES)
def test_an_example_shows_what_torch_gives(entry: Entry) -> None:
    results = shown(entry.example)
    assert results
    assert [is_ for is_, _ in results] == [said for _, said in results]


def test_a_wrong_result_would_be_found() -> None:
    (entry,) = [each for each in glossary().entries if each.term == "accumulate"]
    wrong = entry.example.replace("tensor(6.)", "tensor(3.)")
    assert wrong != entry.example
    assert shown(wrong) == [("tensor(6.)", "tensor(3.)")]


def test_there_are_enough_examples_to_see_what_is_meant() -> None:
    assert len(EXAMPLES) >= 50
