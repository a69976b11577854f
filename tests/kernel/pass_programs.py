"""Random programs with a backward pass, for facts that hold for every program."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

OPERATIONS = (
    "{n} = {a}.sin()",
    "{n} = torch.exp({a} * 0.1)",
    "{n} = -{a}",
    "{n} = {a} * {a}",
    "{n} = {a}.flip(0)",
    "{n} = {a} + {b}",
    "{n} = {a} * {b}",
    "{n} = {a} - {b} * 0.5",
    "{n} = torch.maximum({a}, {b})",
    "{n} = {a}[0] * {b}",
    "{n} = {a}.sum() * {b}",
    "{n} = {a}[torch.tensor([2, 0, 2])]",
    "{n} = torch.cat([{a}, {b}])[1:4]",
    "{n} = torch.stack([{a}, {b}]).sum(0)",
    "{n} = {a}.detach() + {b}",
    "{n} = {a}.unsqueeze(0).expand(2, 3)[1]",
    "{n}, places = {a}.sort()",
    "u, v, w = {a}.unbind(); {n} = torch.stack([w, u, w * v])",
    "{n} = {a} * 2; {n} += {b}",
    "{n} = {a} * 1; {n}[1:] += {b}[:2]",
)
"""Each makes a tensor of three elements from two such."""

examples = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Up to 25 operations on three leaves and on one another, and a pass from up to three sums."""
    names = ["a", "b", "c"]
    lines = [f"{name} = torch.rand(3, dtype=torch.float64, requires_grad=True)" for name in names]
    for number in range(draw(st.integers(1, 25))):
        operation = draw(st.sampled_from(OPERATIONS))
        first, second = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        new = f"t{number}"
        lines.append(operation.format(n=new, a=first, b=second))
        names.append(new)
    for retained in draw(st.sets(st.sampled_from(names[3:]), max_size=3)):
        lines.append(f"{retained}.retain_grad()")
    lines.append("loss = a.sum() * 0.5")
    for root in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
        lines.append(f"loss = loss + ({root} * 2).sum()")
    lines.append(draw(st.sampled_from(["loss.backward()", SEEDED, TWICE])))
    return "\n".join(lines) + "\n"


SEEDED = "torch.autograd.backward([loss, b], [torch.tensor(3.0).double(), torch.ones(3).double()])"
TWICE = "loss.backward(retain_graph=True); loss.backward()"
