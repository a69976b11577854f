"""A trace knows the state at each of its snapshots; steps of one run build on each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import backward, doubled, ended, node, ran, result, root, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.recording.model import SAME_AS_VARIABLE, Backward, Saved, Tensor
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import LOST_VARIABLE, Recording, State, Trace
from autograd_tutor.recording.wire import ResultRecord, SnapshotRecord

ONE, TWO = tensor(1.0), tensor(2.0)


def test_state_holds_what_did_not_change() -> None:
    made = trace(
        snapshot(0),
        snapshot(1, tensors={"a": ONE}, values={"n": "3"}),
        snapshot(2, tensors={"b": TWO}),
        snapshot(3, tensors={"a": TWO}),
    )
    assert made.state(-1) == ({}, {})
    assert made.state(0) == ({}, {})
    assert made.state(1) == ({"a": ONE}, {"n": "3"})
    assert made.state(2) == ({"a": ONE, "b": TWO}, {"n": "3"})
    assert made.state(3) == ({"a": TWO, "b": TWO}, {"n": "3"})


def test_one_name_can_be_looked_up_alone() -> None:
    made = trace(snapshot(0), snapshot(1, tensors={"a": ONE}, values={"n": "3"}), snapshot(2))
    assert made.tensor(0, "a") is None
    assert made.tensor(2, "a") is ONE
    assert made.tensor(2, "never") is None
    assert made.value(0, "n") is None
    assert made.value(2, "n") == "3"


def test_the_tensors_of_one_variable_can_be_looked_up_alone() -> None:
    names = ("net.0.weight", "net", "nets[0]", "f().net.0", "f().x")
    made = trace(
        snapshot(0, tensors=dict.fromkeys(names, ONE)),
        snapshot(1, gone=("net", "f().x"), tensors={"net(1)": TWO}),
    )
    assert made.tensors_under(0, "net.0") == {"net.0.weight": ONE, "net": ONE}
    assert made.tensors_under(1, "net") == {"net.0.weight": ONE, "net(1)": TWO}
    assert made.tensors_under(1, "nets") == {"nets[0]": ONE}
    assert made.tensors_under(1, "f().net") == {"f().net.0": ONE}
    assert made.tensors_under(1, "g().net") == {}
    recording = Recording()
    recording.begin(0, "")
    recording.begin(1, "")
    recording.add(SnapshotRecord(snapshot(0, tensors={"net.0": ONE, "w": TWO})))
    recording.add(ResultRecord(result()))
    recording.add(SnapshotRecord(snapshot(0, step=1)))
    assert recording.traces[1].tensors_under(0, "net") == {"net.0": ONE}


def test_what_is_gone_can_come_back() -> None:
    made = trace(
        snapshot(0, tensors={"a": ONE}, values={"n": "3"}),
        snapshot(1, gone=("a", "n")),
        snapshot(2, tensors={"a": TWO}),
        snapshot(3, gone=("a",), tensors={"a": ONE}),
    )
    assert made.state(1) == ({}, {})
    assert made.state(2) == ({"a": TWO}, {})
    assert made.state(3) == ({"a": ONE}, {})
    assert made.state(0) == ({"a": ONE}, {"n": "3"})


def test_a_name_is_a_tensor_or_another_value() -> None:
    made = trace(
        snapshot(0, values={"a": "3"}),
        snapshot(1, tensors={"a": ONE}),
        snapshot(2, values={"a": "4"}),
    )
    assert made.state(1) == ({"a": ONE}, {})
    assert made.state(2) == ({}, {"a": "4"})


def test_names_stay_in_the_order_in_which_they_appeared() -> None:
    made = trace(
        snapshot(0, tensors={"b": ONE}),
        snapshot(1, tensors={"a": ONE}),
        snapshot(2, tensors={"b": TWO}),
    )
    assert list(made.state(2).tensors) == ["b", "a"]


def test_output_adds_up() -> None:
    made = trace(snapshot(0), snapshot(1, stdout="a\n"), snapshot(2), snapshot(3, stdout="b"))
    assert [made.stdout(index) for index in (-1, 0, 1, 2, 3)] == ["", "", "a\n", "a\n", "a\nb"]


def test_nodes_are_kept_by_their_id() -> None:
    first, better = node(1, "AccumulateGrad"), node(1, "AccumulateGrad", variable="w")
    made = trace(snapshot(0, nodes=(first,)), snapshot(1, nodes=(better, node(2, "MulBackward0"))))
    assert made.nodes[1] is better
    assert made.nodes[2].name == "MulBackward0"


changes = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from([ONE, TWO]), max_size=2),
        st.sets(st.sampled_from("abcd"), max_size=2),
    ),
    max_size=12,
)


@given(changes)
def test_every_state_is_that_of_playing_the_changes(
    played: list[tuple[dict[str, Tensor], set[str]]],
) -> None:
    made = trace()
    state: dict[str, Tensor] = {}
    states = []
    for index, (tensors, gone) in enumerate(played):
        made.add(snapshot(index, tensors=tensors, gone=tuple(gone)))
        state = {name: value for name, value in state.items() if name not in gone} | tensors
        states.append(state)
    assert [dict(made.state(index).tensors) for index in range(len(played))] == states
    assert all(
        made.tensor(index, name) is states[index].get(name)
        for index in range(len(played))
        for name in "abcd"
    )


def test_steps_build_on_each_other() -> None:
    recording = Recording()
    first, second = recording.begin(0, "a"), recording.begin(1, "b")  # asked for ahead
    recording.add(SnapshotRecord(snapshot(0, tensors={"a": ONE}, nodes=(node(1, "X"),))))
    assert recording.add(ResultRecord(result())) is first
    assert first.done
    assert not second.done
    assert recording.add(SnapshotRecord(snapshot(0, step=1))) is second
    recording.add(SnapshotRecord(snapshot(1, step=1, tensors={"b": TWO})))
    assert second.state(-1).tensors == {"a": ONE}
    assert second.state(1).tensors == {"a": ONE, "b": TWO}
    assert first.state(0).tensors == {"a": ONE}
    assert second.nodes is first.nodes
    assert set(second.nodes) == {1}


def test_a_step_without_snapshots_hands_the_state_on() -> None:
    recording = Recording()
    for step in range(3):
        recording.begin(step, "")
    recording.add(SnapshotRecord(snapshot(0, tensors={"a": ONE})))
    recording.add(ResultRecord(result()))
    recording.add(ResultRecord(result(step=1, ok=False)))
    recording.add(SnapshotRecord(snapshot(0, step=2)))
    assert recording.traces[2].state(0).tensors == {"a": ONE}


@pytest.mark.parametrize("claimed", [0, 1, 7, 2**63, 2**64 - 1, -1])
def test_the_index_of_a_moment_is_its_place(claimed: int) -> None:
    """Of a run that lies about it, too: readers look things up by it."""
    made = Trace(0, "a\nb\n")
    made.add(snapshot(0))
    made.add(replace(snapshot(1), index=claimed))
    assert [each.index for each in made.snapshots] == [0, 1]
    timeline = Timeline(made, 1)
    timeline.back()
    assert (timeline.index, timeline.can_enter) == (0, False)


@pytest.mark.parametrize("claimed", [1, 2, 3, 7, 2**63])
def test_a_moment_that_failed_with_another_is_one_after_it(claimed: int) -> None:
    """And that one raised."""
    made = Trace(0, "a\nb\n")
    made.add(replace(snapshot(0), raised=True))
    made.add(snapshot(1))
    made.add(replace(snapshot(2), failure=claimed))
    made.add(replace(snapshot(3), failure=0))
    assert [each.failure for each in made.snapshots] == [None, None, None, 0]


def test_records_of_a_step_that_was_not_asked_for_are_refused() -> None:
    with pytest.raises(KeyError):
        Recording().add(SnapshotRecord(snapshot(0)))


def test_a_trace_is_done_when_its_result_is_there() -> None:
    made = Trace(0, "")
    assert not made.done
    made.finish(result())
    assert made.done


# Backward passes


def test_a_pass_is_known_once_its_line_has_ended() -> None:
    made = doubled()
    assert made.passes[1].roots[0].name == "c"
    assert trace(*made.snapshots[:7]).passes == {}


def test_the_nodes_of_a_pass_are_kept_in_their_order() -> None:
    made = doubled()
    assert made.pass_snapshots == {1: [4, 5, 6]}
    assert made.ran == {1: {1: 4, 2: 5, 3: 6}}
    assert list(made.ran[1]) == [1, 2, 3]


def test_passes_of_a_step_are_kept_apart_also_where_one_is_inside_of_another() -> None:
    made = trace(
        snapshot(0),
        ran(1, backward(7, ONE)),
        ran(2, backward(7, ONE, call=2), depth=2),
        ran(3, backward(8, ONE)),
        snapshot(4, passes=(ended(call=2), ended(root(7)))),
    )
    assert made.pass_snapshots == {1: [1, 3], 2: [2]}
    assert made.ran == {1: {7: 1, 8: 3}, 2: {7: 2}}
    assert set(made.passes) == {1, 2}


def saved_of(made: Trace, index: int) -> tuple[Saved, ...]:
    record = made.snapshots[index].backward
    assert record is not None
    return record.saved


def keeps(*saved: Saved) -> Backward:
    return backward(1, ONE, saved=saved)


def test_a_saved_tensor_that_is_a_variables_is_put_in() -> None:
    made = trace(
        snapshot(0, tensors={"w": ONE}),
        ran(1, keeps(Saved("self", SAME_AS_VARIABLE, "w"), Saved("dim", "0"), Saved("other", TWO))),
    )
    assert saved_of(made, 1) == (Saved("self", ONE, "w"), Saved("dim", "0"), Saved("other", TWO))


def test_a_saved_tensor_is_the_one_that_was_sent_last() -> None:
    made = trace(
        snapshot(0, tensors={"w": ONE}),
        snapshot(1, tensors={"w": TWO}),
        ran(2, keeps(Saved("self", SAME_AS_VARIABLE, "w"))),
        snapshot(3, tensors={"w": ONE}),
    )
    assert saved_of(made, 2)[0].value is TWO


def test_a_saved_tensor_sent_in_the_same_moment() -> None:
    made = trace(
        snapshot(0), ran(1, keeps(Saved("self", SAME_AS_VARIABLE, "w")), tensors={"w": TWO})
    )
    assert saved_of(made, 1)[0].value is TWO


def test_a_saved_tensor_of_the_step_before() -> None:
    recording = Recording()
    recording.begin(0, "")
    recording.add(SnapshotRecord(snapshot(0, tensors={"w": ONE})))
    second = recording.begin(1, "")
    recording.add(SnapshotRecord(ran(0, keeps(Saved("self", SAME_AS_VARIABLE, "w")), step=1)))
    assert saved_of(second, 0)[0].value is ONE


@pytest.mark.parametrize("variable", [None, "gone", "never"])
def test_a_saved_tensor_that_was_never_sent_says_so(variable: str | None) -> None:
    made = trace(
        snapshot(0, tensors={"gone": ONE}),
        snapshot(1, gone=("gone",)),
        ran(2, keeps(Saved("self", SAME_AS_VARIABLE, variable))),
    )
    assert saved_of(made, 2)[0].value == LOST_VARIABLE


def test_what_a_step_has_changed_can_come_first() -> None:
    made = Trace(1, "", State({"old": tensor(1.0), "w": tensor(2.0)}, {}))
    made.add(snapshot(0, step=1))
    made.add(snapshot(1, step=1, tensors={"x": tensor(3.0)}))
    made.add(snapshot(2, step=1, tensors={"w": tensor(4.0)}))
    orders = [list(made.state_changed_first(index).tensors) for index in range(3)]
    assert orders == [["old", "w"], ["x", "old", "w"], ["x", "w", "old"]]
    assert made.state_changed_first(2).tensors == made.state(2).tensors
