"""What the glossary shows of torch is what torch does: each example is run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch

from autograd_tutor.course.glossary import Entry, glossary

# torch.func imports what has been deprecated since.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")

EXAMPLES = [pytest.param(each, id=each.term) for each in glossary().entries if each.example]


def shown(example: str) -> list[tuple[str, str]]:
    """Run the statements; of each that shows a result, that and what it says."""
    namespace: dict[str, object] = {"torch": torch}
    found: list[tuple[str, str]] = []
    for statement in re.split(r"\n(?! )", example.strip("\n")):
        code, sign, said = statement.partition("  # ")
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


class TestWhatTheEntriesSay:
    """Facts that no example shows."""

    def test_dtype_only_floating_point_and_complex_numbers_require_gradients(self) -> None:
        assert torch.zeros(1, dtype=torch.complex64, requires_grad=True).requires_grad
        for dtype in (torch.int64, torch.bool):
            with pytest.raises(RuntimeError, match="floating point and complex"):
                torch.zeros(1, dtype=dtype, requires_grad=True)

    def test_requires_grad_is_switched_off_for_leaves_alone(self) -> None:
        with pytest.raises(RuntimeError, match="leaf"):
            (torch.ones(1, requires_grad=True) * 2).requires_grad_(False)

    def test_grad_mode_a_leaf_can_require_gradients_while_it_is_off(self) -> None:
        with torch.no_grad():
            assert torch.ones(1, requires_grad=True).requires_grad

    def test_state_dict_shares_memory(self) -> None:
        layer = torch.nn.Linear(1, 1)
        assert layer.state_dict()["weight"].data_ptr() == layer.weight.data_ptr()

    def test_a_sequential_and_a_dict_of_modules_register_theirs(self) -> None:
        m = torch.nn.Module()
        m.line = torch.nn.Sequential(torch.nn.Linear(1, 1))
        m.named = torch.nn.ModuleDict({"a": torch.nn.Linear(1, 1)})
        assert len(list(m.parameters())) == 4

    def test_detach_shares_the_version_counter_and_data_does_not(self) -> None:
        x = torch.ones(2)
        x.data.add_(1)
        assert x._version == 0
        x.detach().add_(1)
        assert x._version == 1

    def test_zero_grad_with_zeros_the_momentum_still_moves(self) -> None:
        def moved(set_to_none: bool) -> float:
            w = torch.tensor(1.0, requires_grad=True)
            opt = torch.optim.SGD([w], lr=0.1, momentum=0.9)
            w.backward()
            opt.step()
            before = w.item()
            opt.zero_grad(set_to_none=set_to_none)
            opt.step()
            return before - w.item()

        assert moved(set_to_none=True) == 0
        assert moved(set_to_none=False) > 0

    def test_momentum_is_the_old_velocity_times_it_plus_the_gradient(self) -> None:
        w = torch.tensor(1.0, requires_grad=True)
        opt = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        for velocity in (2.0, 0.9 * 2 + 2):
            before = w.item()
            opt.zero_grad()
            (w * 2).backward()
            opt.step()
            assert before - w.item() == pytest.approx(0.1 * velocity, rel=1e-5)

    def test_an_optimizer_refuses_what_is_no_leaf(self) -> None:
        with pytest.raises(ValueError, match="leaf"):
            torch.optim.SGD([torch.ones(1, requires_grad=True) * 2], lr=0.1)

    def test_gradcheck_in_float32_a_right_gradient_seems_wrong(self) -> None:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with pytest.warns(UserWarning, match="double"), pytest.raises(RuntimeError):
            torch.autograd.gradcheck(lambda x: x**2, (x,))

    def test_inference_mode_what_is_made_there_cannot_be_saved_for_a_pass(self) -> None:
        with torch.inference_mode():
            t = torch.ones(1)
        with pytest.raises(RuntimeError, match="Inference tensors cannot be saved"):
            t * torch.ones(1, requires_grad=True)

    def test_other_is_kept_only_where_the_first_input_requires_gradients(self) -> None:
        a, b = torch.ones(1), torch.ones(1, requires_grad=True)
        assert (a * b).grad_fn._saved_other is None
        assert (b * a).grad_fn._saved_other is not None

    @pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid", "sqrt"])
    def test_result_is_what_these_keep_and_may_not_change(self, name: str) -> None:
        result = getattr(torch.ones(2, requires_grad=True), name)()
        assert torch.equal(result.grad_fn._saved_result, result)
        result.add_(1)
        with pytest.raises(RuntimeError, match="inplace"):
            result.sum().backward()

    def test_dim_from_the_end_is_shown_as_a_large_number(self) -> None:
        node = torch.ones(2, requires_grad=True).softmax(-1).grad_fn
        assert node._saved_dim in (2**64 - 1, -1)
        assert torch.equal(node._saved_result, torch.full((2,), 0.5))

    @pytest.mark.parametrize(("reduction", "number"), [("none", 0), ("mean", 1), ("sum", 2)])
    def test_reduction_is_kept_as_a_number(self, reduction: str, number: int) -> None:
        scores = torch.zeros(2, 3, requires_grad=True)
        loss = torch.nn.functional.nll_loss(scores, torch.tensor([0, -100]), reduction=reduction)
        assert loss.grad_fn._saved_reduction == number
        loss.sum().backward()
        assert torch.equal(scores.grad[1], torch.zeros(3))  # ignore_index
        if reduction == "mean":
            assert scores.grad[0, 0] == -1  # the mean does not count what is ignored

    def test_a_row_that_is_picked_twice_gets_both_gradients_and_padding_none(self) -> None:
        table = torch.zeros(3, 1, requires_grad=True)
        found = torch.nn.functional.embedding(torch.tensor([1, 1, 2]), table, padding_idx=2)
        found.sum().backward()
        assert table.grad.flatten().tolist() == [0, 2, 0]

    def test_the_branch_that_where_has_not_chosen_gets_zero_and_times_inf_it_is_nan(self) -> None:
        x = torch.tensor(0.0, requires_grad=True)
        torch.where(x > 0, x.sqrt(), x).backward()
        assert x.grad.isnan()

    def test_anomaly_mode_raises_at_the_node_that_returns_nan(self) -> None:
        x = torch.tensor(0.0, requires_grad=True)
        with torch.autograd.set_detect_anomaly(True):
            y = x.sqrt() * 0
            with (
                pytest.warns(UserWarning, match="Error detected in SqrtBackward0"),
                pytest.raises(RuntimeError, match="nan"),
            ):
                y.backward()

    def test_a_view_of_a_view_has_the_same_base(self) -> None:
        x = torch.zeros(4)
        assert x[1:][1:]._base is x
        assert x._base is None

    def test_the_node_of_a_linear_layer(self) -> None:
        x, layer = torch.ones(2, 3), torch.nn.Linear(3, 1)
        node = layer(x).grad_fn
        assert node.name() == "AddmmBackward0"
        assert torch.equal(node._saved_mat1, x)

    def test_a_column_and_a_row_broadcast_to_a_matrix_and_torch_warns(self) -> None:
        column, line = torch.zeros(3, 1), torch.tensor([1.0, 2.0, 3.0])
        with pytest.warns(UserWarning, match="broadcasting"):
            wrong = torch.nn.functional.mse_loss(column, line, reduction="none")
        assert wrong.shape == (3, 3)

    def test_cross_entropy_is_the_probabilities_minus_one_at_the_target(self) -> None:
        scores = torch.tensor([[1.0, 2.0]], requires_grad=True)
        torch.nn.functional.cross_entropy(scores, torch.tensor([1])).backward()
        assert torch.allclose(scores.grad, scores.softmax(1) - torch.tensor([[0.0, 1.0]]))

    def test_an_input_that_nothing_depends_on_is_an_error(self) -> None:
        x, y = torch.ones(2, requires_grad=True)
        with pytest.raises(RuntimeError, match="allow_unused"):
            torch.autograd.grad(x * 2, y)
        assert torch.autograd.grad(x * 2, y, allow_unused=True) == (None,)

    def test_the_tangents_are_gone_after_the_block(self) -> None:
        import torch.autograd.forward_ad as forward

        with forward.dual_level():
            dual = forward.make_dual(torch.tensor(3.0), torch.tensor(1.0))
            assert forward.unpack_dual(dual).tangent == 1
        with forward.dual_level():
            assert forward.unpack_dual(dual).tangent is None

    def test_a_saved_tensor_that_has_changed_is_noticed_when_it_is_read(self) -> None:
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
                ctx.save_for_backward(x)  # type: ignore[attr-defined]
                return x * x

            @staticmethod
            def backward(ctx: object, grad: torch.Tensor) -> torch.Tensor:
                (x,) = ctx.saved_tensors  # type: ignore[attr-defined]
                return grad * 2 * x

        x = torch.ones(2, requires_grad=True)
        h = x * 1
        y = Square.apply(h)
        assert y.grad_fn.name() == "SquareBackward"
        assert Square.apply(h).grad_fn is not y.grad_fn
        h.add_(1)
        with pytest.raises(RuntimeError, match="inplace"):
            y.sum().backward()

    def test_as_strided_is_what_a_view_has_whose_base_has_changed(self) -> None:
        y = torch.ones(3, requires_grad=True) * 1
        view = y[0:2]
        y.mul_(2)
        assert view.grad_fn.name() == "AsStridedBackward0"

    def test_the_gradients_of_examples_have_the_mean_of_the_batch(self) -> None:
        w, xs = torch.tensor(2.0), torch.tensor([1.0, 2.0, 6.0])
        each = torch.func.vmap(torch.func.grad(lambda w, x: (w * x) ** 2), (None, 0))(w, xs)
        leaf = w.clone().requires_grad_()
        ((leaf * xs) ** 2).mean().backward()
        assert torch.allclose(each.mean(), leaf.grad)

    def test_batch_norm_evaluation_stops_the_updates(self) -> None:
        m = torch.nn.BatchNorm1d(1).eval()
        m(torch.tensor([[1.0], [3.0]]))
        assert m.running_mean.item() == 0
        assert "running_mean" in dict(m.named_buffers())

    @pytest.mark.parametrize(
        ("made", "name"),
        [
            (lambda x: x * 3, "MulBackward0"),
            (lambda x: x.unflatten(0, (1, 2)).squeeze(0), "SqueezeBackward1"),
            (lambda x: torch.pow(2.0, x), "PowBackward2"),
            (lambda x: x.to(torch.float64), "ToCopyBackward0"),
        ],
    )
    def test_the_number_says_which_form_it_was(
        self, made: Callable[[torch.Tensor], torch.Tensor], name: str
    ) -> None:
        assert made(torch.ones(2, requires_grad=True)).grad_fn.name() == name
