"""A batch taken apart into its examples, and what is found for each."""

from __future__ import annotations

import struct
from itertools import product

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.examples import Examples, examples
from autograd_tutor.analysis.sums import compare_with_sum
from autograd_tutor.limits.interface import MOST_EXAMPLES
from autograd_tutor.recording.batches import batches, example_shape
from autograd_tutor.recording.model import Tensor, Wrapper
from autograd_tutor.recording.numbers import Nested, nested
from autograd_tutor.render.tensor_words import shape_and_type


def tensor(shape: tuple[int, ...], values: list[float], *wrappers: Wrapper) -> Tensor:
    return Tensor(
        shape=shape, dtype="torch.float32", device="cpu", requires_grad=False, is_leaf=True,
        retains_grad=False, kind="constant", grad_fn=None, grad_fn_name=None, output_nr=0,
        version=0, raw=struct.pack(f"<{len(values)}f", *values), shown=None, stats=None, grad=None,
        wrappers=wrappers,
    )  # fmt: skip


def counting(shape: tuple[int, ...], *wrappers: Wrapper) -> Tensor:
    """Its elements are 0, 1, 2, …"""
    size = 1
    for each in shape:
        size *= each
    return tensor(shape, [float(value) for value in range(size)], *wrappers)


def only(found: Examples | None) -> list[Nested | None]:
    """The numbers of the one tensor in each example."""
    assert found is not None
    return [None if each is None else nested(each) for (each,) in found.tensors]


GRAD = Wrapper(3, None)


def test_without_a_batch_there_are_no_examples() -> None:
    assert examples([counting((2, 3)), None, counting((2,), GRAD)]) is None


def test_each_example_has_the_elements_at_its_place() -> None:
    first = examples([counting((2, 3), GRAD, Wrapper(1, 0))])
    assert only(first) == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    second = examples([counting((2, 3), GRAD, Wrapper(1, 1))])
    assert only(second) == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    assert only(examples([counting((3,), Wrapper(1, 0))])) == [0.0, 1.0, 2.0]


def test_batches_inside_of_each_other_are_told_apart_by_level() -> None:
    inner, outer = Wrapper(2, 0), Wrapper(1, 1)
    whole = counting((2, 3, 4), GRAD, inner, outer)  # dimension 1 is the outer one, then 0
    assert [(batch.level, batch.dim, batch.size) for batch in batches(whole)] == [
        (1, 1, 3), (2, 0, 2)
    ]  # fmt: skip
    assert example_shape(whole) == (4,)
    found = examples([whole])
    assert found is not None
    assert found.sizes == (3, 2)
    places = list(product(range(3), range(2)))
    assert [found.place(number) for number in range(6)] == places
    assert only(found) == [[12.0 * i + 4.0 * o + k for k in range(4)] for o, i in places]


def test_what_has_no_part_in_the_batch_is_the_same_for_all() -> None:
    shared, whole = counting((2,)), counting((2, 2), Wrapper(1, 0))
    found = examples([whole, shared, None])
    assert found is not None
    assert [each[1:] for each in found.tensors] == [(shared, None)] * 2


def test_many_examples_and_those_that_disagree_are_not_told_apart() -> None:
    many = examples([counting((MOST_EXAMPLES + 1,), Wrapper(1, 0))])
    assert many == Examples((MOST_EXAMPLES + 1,), ())
    odd = examples([counting((2,), Wrapper(1, 0)), counting((3,), Wrapper(1, 0))])
    assert odd is not None
    assert odd.tensors == ()


def test_an_empty_batch_has_no_examples() -> None:
    found = examples([counting((0, 2), Wrapper(1, 0))])
    assert found == Examples((0,), ())
    nothing = examples([counting((2, 0), Wrapper(1, 0))])
    assert only(nothing) == [[], []]


def test_a_sum_holds_for_each_example() -> None:
    along, across, same = Wrapper(1, 0), Wrapper(1, 1), tensor((2,), [10.0, 20.0])
    rows, columns = counting((2, 2), along), tensor((2, 2), [0.0, 2.0, 1.0, 3.0], across)
    twice = tensor((2, 2), [0.0, 2.0, 4.0, 6.0], along)
    assert compare_with_sum([rows, columns], twice) is Agreement.AGREES
    assert compare_with_sum([rows, rows], twice) is Agreement.AGREES
    more = tensor((2, 2), [10.0, 21.0, 12.0, 23.0], along)
    assert compare_with_sum([rows, same], more) is Agreement.AGREES
    assert compare_with_sum([rows, columns], more) is Agreement.DIFFERS
    one_off = tensor((2, 2), [10.0, 21.0, 12.0, 24.0], along)
    assert compare_with_sum([rows, same], one_off) is Agreement.DIFFERS
    assert compare_with_sum([same], rows) is Agreement.DIFFERS


def test_words_for_levels_and_batches() -> None:
    level = "torch.func level"
    assert shape_and_type(counting((2,))) == "(2,)"
    assert shape_and_type(counting((2,), GRAD)) == f"(2,) {level} 3"
    batch = counting((3, 2), GRAD, Wrapper(1, 0))
    assert shape_and_type(batch) == f"(2,) {level} 3, batched: 3 examples along dimension 0"
    both = counting((1, 3, 2), Wrapper(2, 1), Wrapper(1, 0))
    assert shape_and_type(both) == (
        f"(3,) {level} 2, batched: 1 example along dimension 0 and 2 examples along dimension 2"
    )
    of_grads = counting((3, 2), Wrapper(None, 0))
    assert shape_and_type(of_grads) == "(2,) batched: 3 examples along dimension 0"
