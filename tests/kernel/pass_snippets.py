"""Snippets with backward passes of all sorts, for the tests of their recording."""

from __future__ import annotations

PASSES = {
    "a polynomial": """
x = torch.arange(4.0, requires_grad=True)
y = (x**3 - 2 * x).sum()
y.backward()
""",
    "several roots with seeds": """
a = torch.rand(3, requires_grad=True)
b = torch.rand(3, requires_grad=True)
u = a * b
v = u.exp() + a
torch.autograd.backward([v, u, a], [torch.ones(3), torch.full((3,), 2.0), torch.rand(3)])
""",
    "a root behind another root": """
x = torch.rand(3, requires_grad=True)
h = x.sin()
y = (h * h).sum()
torch.autograd.backward([h.sum(), y])
""",
    "grad of some inputs": """
a = torch.rand(3, requires_grad=True)
b = torch.rand(3, requires_grad=True)
h = (a * b).sin() + b.cos()
got = torch.autograd.grad((h * h).sum(), [a, h])
""",
    "grad of what is not used": """
a = torch.rand(3, requires_grad=True)
b = torch.rand(3, requires_grad=True)
got = torch.autograd.grad((a * 2).sum(), [a, b], allow_unused=True)
zeros = torch.autograd.grad((a * 2).sum(), [a, b], allow_unused=True, materialize_grads=True)
""",
    "grad with seeds": """
x = torch.rand(3, requires_grad=True)
y, z = x * x, x.exp()
got = torch.autograd.grad([y, z], x, grad_outputs=[torch.rand(3), torch.rand(3)])
""",
    "a gradient is given": """
x = torch.rand(2, 2, requires_grad=True)
(x @ x).backward(gradient=torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
""",
    "backward to some inputs": """
a = torch.rand(3, requires_grad=True)
b = torch.rand(3, requires_grad=True)
h = a * b
y = (h.sin() * b).sum()
y.backward(inputs=[a])
""",
    "backward to an intermediate input": """
a = torch.rand(3, requires_grad=True)
h = a * 2
y = (h.sin() * a).sum()
y.backward(inputs=[h])
""",
    "the graph is retained": """
x = torch.rand(3, requires_grad=True)
y = x.exp().sum()
y.backward(retain_graph=True)
y.backward(retain_graph=True)
y.backward()
""",
    "second derivatives": """
x = torch.tensor([0.3, 0.7], requires_grad=True)
(g,) = torch.autograd.grad(x.sin().sum(), x, create_graph=True)
(h,) = torch.autograd.grad(g.sum(), x, retain_graph=True)
g.pow(2).sum().backward()
""",
    "a gradient penalty": """
m = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
x = torch.rand(4, 2, requires_grad=True)
(g,) = torch.autograd.grad(m(x).sum(), x, create_graph=True)
loss = (g.norm(dim=1) - 1).pow(2).mean()
loss.backward()
""",
    "a loop": """
w = torch.rand(3, requires_grad=True)
for i in range(4):
    loss = (w * i).sin().sum()
    w.grad = None
    loss.backward()
""",
    "where lines call": """
x = torch.rand(2, requires_grad=True)
def f(t):
    (t * t).sum().backward()
class Model:
    def fit(self, t):
        def inner():
            t.exp().sum().backward()
        inner()
f(x)
Model().fit(x)
(lambda t: t.sin().sum().backward())(x)
none = [(x * k).sum().backward() for k in range(3)]
got = {k: torch.autograd.grad((x * k).sum(), x)[0] for k in range(2)}
""",
    "a leaf as root": """
x = torch.rand(3, requires_grad=True)
x.backward(torch.ones(3))
z = torch.tensor(2.0, requires_grad=True)
z.backward()
got = torch.autograd.grad(z, z)
""",
    "an edge as root": """
x = torch.rand(3, requires_grad=True)
y = (x * x).sum()
edge = torch.autograd.graph.get_gradient_edge(y)
torch.autograd.backward(edge)
y = (x * x).sum()
edge = torch.autograd.graph.get_gradient_edge(y)
got = torch.autograd.grad(edge, torch.autograd.graph.get_gradient_edge(x))
""",
    "retained gradients": """
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * a
b.retain_grad()
u, v = b.unbind()
u.retain_grad()
v.retain_grad()
c = (b * u).sum() + v
c.retain_grad()
c.backward()
""",
    "two names": """
x = torch.rand(2, requires_grad=True)
same = x
y = (x * same).sum()
y.backward()
""",
    "a model": """
m = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
m(torch.rand(2, 3, 8)).square().mean().backward()
""",
    "convolutions": """
m = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.MaxPool2d(2)
)
m(torch.rand(2, 1, 8, 8)).sum().backward()
""",
    "several outputs": """
x = torch.rand(4, 3, requires_grad=True)
a, b, c, d = x.unbind()
e, f = x.split([1, 3])
top = x.topk(2)
most, where = x.max(dim=0)
(a * c).sum().backward(retain_graph=True)
(e.sum() + f.prod() + top.values.sum() + most.sum()).backward()
""",
    "decompositions": """
x = torch.rand(3, 3, dtype=torch.float64, requires_grad=True)
u, s, v = torch.linalg.svd(x)
s.sum().backward(retain_graph=True)
q, r = torch.linalg.qr(x)
torch.autograd.backward([q.sum(), r.sum()])
sign, log = torch.linalg.slogdet(x)
log.backward()
""",
    "views and in-place edits": """
x = torch.zeros(3, 4, requires_grad=True)
y = x * 1
v = y[1]
v.mul_(3)
y[0, :2] = 5
v.grad_fn  # it is made anew when it is asked for, which a recorder does
w = y.t()
w.add_(1)
v.grad_fn
(y.sum() + v.prod()).backward()
""",
    "a custom Function": """
class Pair(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b, k):
        ctx.save_for_backward(a, b)
        ctx.k = k
        return a * b, a + k
    @staticmethod
    def backward(ctx, g, h):
        a, b = ctx.saved_tensors
        return g * b + h, None, None
a = torch.rand(2, requires_grad=True)
b = torch.rand(2, requires_grad=True)
p, q = Pair.apply(a, b, 3)
(p * p).sum().backward()
p, q = Pair.apply(a, b, 3)
torch.autograd.grad(p.sum() + q.sum(), a)
""",
    "a Function once differentiable": """
from torch.autograd.function import once_differentiable
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, None)
        ctx.set_materialize_grads(False)
        return x**3
    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        x, nothing = ctx.saved_tensors
        return 3 * x**2 * g
x = torch.tensor([2.0], requires_grad=True)
Cube.apply(x).backward()
""",
    "a pass inside of a custom backward": """
calls = []
class Inner(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        calls.append(1)
        with torch.enable_grad():
            t = x.detach().requires_grad_()
            y = t.sin() * g
            (d,) = torch.autograd.grad(y.sum(), t)
        return d
x = torch.rand(3, requires_grad=True)
(Inner.apply(x * 2) * x).sum().backward()
""",
    "a pass inside of a hook": """
x = torch.rand(3, requires_grad=True)
h = x * x
other = (x * 3).sin().sum()
got = []
h.register_hook(lambda g: got.extend(torch.autograd.grad(other, x)))
h.exp().sum().backward()
""",
    "a pass through the same nodes inside of a hook": """
x = torch.rand(3, requires_grad=True)
h = x * x
y = h.exp()
loss = y.sum()
got = []
depth = []
def hook(g):
    if not depth:
        depth.append(1)
        got.extend(torch.autograd.grad(loss, x, retain_graph=True))
y.register_hook(hook)
loss.backward()
""",
    "hooks of all sorts": """
x = torch.rand(3, requires_grad=True)
calls = []
def accumulated(p):
    calls.append("accumulated")
    p.grad.mul_(2)
h = x * 2
h.register_hook(lambda g: calls.append("tensor") or g * 10)
h.grad_fn.register_prehook(lambda gs: calls.append("pre") or (gs[0] + 1,))
h.grad_fn.register_hook(lambda sent, got: calls.append("post") or (sent[0] * 3,) + sent[1:])
x.register_hook(lambda g: calls.append("leaf") or g - 1)
x.register_post_accumulate_grad_hook(accumulated)
y = h.sin()
y.retain_grad()
y.register_hook(lambda g: calls.append("retained") or g * 2)
y.sum().backward()
""",
    "hooks on several tensors": """
a = torch.rand(2, requires_grad=True)
b = torch.rand(2, requires_grad=True)
p, q = a * b, a + b
calls = []
handle = torch.autograd.graph.register_multi_grad_hook((p, q), lambda gs: calls.append(len(gs)))
first = torch.autograd.graph.register_multi_grad_hook(
    (a, b), lambda g: calls.append(0), mode="any"
)
(p.sin() + q).sum().backward()
handle.remove()
""",
    "hooks on modules": """
m = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh())
calls = []
m[0].register_full_backward_hook(lambda m, i, o: calls.append("post") or (i[0] * 2,))
m[0].register_full_backward_pre_hook(lambda m, o: calls.append("pre"))
x = torch.rand(3, 2, requires_grad=True)
m(x).sum().backward()
""",
    "an optimizer inside of backward": """
w = torch.rand(2, requires_grad=True)
def step(p):
    with torch.no_grad():
        p -= p.grad * 0.1
    p.grad = None
w.register_post_accumulate_grad_hook(step)
for i in range(2):
    (w * w).sum().backward()
""",
    "checkpoints": """
from torch.utils.checkpoint import checkpoint
w = torch.rand(3, 3, requires_grad=True)
calls = []
def block(x):
    calls.append(1)
    return torch.nn.functional.dropout((x @ w).relu(), 0.5)
def outer(x):
    calls.append(2)
    return checkpoint(block, x, use_reentrant=False) * 2
x = torch.rand(2, 3, requires_grad=True)
checkpoint(outer, x, use_reentrant=False).sum().backward()
checkpoint(block, x, use_reentrant=True).sum().backward()
checkpoint(outer, x, use_reentrant=True).sum().backward()
""",
    "hooks on saved tensors": """
calls = []
def pack(t):
    calls.append("pack")
    return t.numpy().copy() if not t.requires_grad else t.detach().numpy().copy()
def unpack(n):
    calls.append("unpack")
    return torch.from_numpy(n)
x = torch.rand(2, requires_grad=True)
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        return t * t
    @staticmethod
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = Square.apply((x * x).exp())
    with torch.autograd.graph.save_on_cpu():
        z = y.sin()
(z * y).sum().backward()
""",
    "graphs that share a part": """
x = torch.rand(3, requires_grad=True)
h = x.exp()
y, z = (h * 2).sum(), h.sin().sum()
y.backward(retain_graph=True)
z.backward()
""",
    "anomaly detection": """
with torch.autograd.set_detect_anomaly(True, check_nan=True):
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    y.backward()
""",
    "bfloat16 by autocast": """
m = torch.nn.Linear(3, 2)
with torch.autocast("cpu", dtype=torch.bfloat16):
    y = m(torch.rand(4, 3))
    loss = y.float().sum()
loss.backward()
""",
    "an LSTM": """
m = torch.nn.LSTM(3, 4, num_layers=2)
out, (h, c) = m(torch.randn(5, 2, 3))
(out.sum() + c.sum()).backward()
""",
    "sparse gradients": """
e = torch.nn.Embedding(5, 2, sparse=True)
for i in range(2):
    (e(torch.tensor([1, 1, 3])) * 2).sum().backward()
""",
    "complex numbers": """
z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
w = z.conj()
((z * w).real.sum() + w.imag.sum() + z.abs().sum()).backward()
""",
    "nan and infinity": """
x = torch.tensor([0.0, -1.0, float("inf")], requires_grad=True)
(x.sqrt() + x.log() / x).sum().backward()
""",
    "gradients that are not there": """
class Nothing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a + b
    @staticmethod
    def backward(ctx, g):
        return None, g
a = torch.rand(2, requires_grad=True)
b = torch.rand(2, requires_grad=True)
(Nothing.apply(a.sin() * 2, b) + a.cos()).sum().backward()
""",
    "tensors without elements": """
x = torch.zeros(0, 3, requires_grad=True)
(x * 2).sum().backward()
y = torch.zeros(0, 3, requires_grad=True)
torch.cat([x, y]).exp().mean(0).sum().backward()
""",
    "large gradients": """
x = torch.rand(40, 50, requires_grad=True)
(x.sin() @ x.t()).sum().backward()
""",
    "modes": """
from torch.utils._python_dispatch import TorchDispatchMode
from torch.overrides import TorchFunctionMode
calls = []
class Count(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        calls.append(str(func))
        return func(*args, **(kwargs or {}))
class Functions(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        calls.append(getattr(func, "__name__", "?"))
        return func(*args, **(kwargs or {}))
x = torch.ones(2, 2, requires_grad=True)
big = torch.ones(50, 50, requires_grad=True)
with Count(), Functions():
    y = (x * 2).sum() + big.exp().sum()
    y.backward()
    x.backward(torch.ones(2, 2))
""",
    "a subclass": """
calls = []
class Loud(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        calls.append(getattr(func, "__name__", "?"))
        return super().__torch_function__(func, types, args, kwargs or {})
    @property
    def shape(self):
        calls.append("shape")
        return super().shape
x = torch.ones(2).as_subclass(Loud).requires_grad_()
y = (x + 1).sin()
y.register_hook(lambda g: g.as_subclass(Loud))
y.backward(torch.ones(2).as_subclass(Loud))
""",
    "a class that sees its operations": """
from torch.utils._pytree import tree_map
calls = []
class Wrapped(torch.Tensor):
    __torch_function__ = torch._C._disabled_torch_function_impl
    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)
    def __init__(self, inner):
        self.inner = inner
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        calls.append(str(func))
        bare = lambda t: t.inner if isinstance(t, Wrapped) else t
        out = func(*tree_map(bare, args), **tree_map(bare, kwargs or {}))
        return tree_map(lambda t: Wrapped(t) if isinstance(t, torch.Tensor) else t, out)
class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y, torch.ones(2))
        return y
    @staticmethod
    def backward(ctx, g):
        y, one = ctx.saved_tensors
        return g * y * one
x = Wrapped(torch.rand(2)).requires_grad_()
y = (Exp.apply(x.exp()) * x).sum()
y.backward()
inner = x.grad.inner
""",
    "detached in the middle": """
a = torch.rand(2, requires_grad=True)
b = a * a
((b.detach() * a) + b * torch.ones(2)).sum().backward()
with torch.no_grad():
    k = (a * 2).sum()
""",
    "deep into a list": """
ps = [torch.nn.Parameter(torch.rand(2)) for _ in range(3)]
d = {"w": torch.rand(2, requires_grad=True)}
sum((p * d["w"]).sum() for p in ps).backward()
""",
}  # fmt: skip
"""Each runs to its end, and every node of its passes can be watched."""

TRANSFORMED = {
    "torch.func.grad": """
x = torch.arange(3.0)
got = torch.func.grad(lambda t: (t**2).sum())(x)
""",
    "torch.func.hessian": """
x = torch.arange(3.0)
got = torch.func.hessian(lambda t: (t**3).sum())(x)
""",
    "vmap of grad": "got = torch.vmap(torch.func.grad(lambda t: (t**2).sum()))(torch.ones(2, 3))\n",
    "torch.func.jacrev": "got = torch.func.jacrev(torch.sin)(torch.arange(3.0))\n",
    "a vectorized jacobian": """
x = torch.rand(3)
got = torch.autograd.functional.jacobian(lambda t: t.sin() * t, x, vectorize=True)
""",
    "batched grads": """
x = torch.rand(3, requires_grad=True)
got = torch.autograd.grad(x * x, x, torch.eye(3), is_grads_batched=True)
""",
    "grad of grad": """
x = torch.tensor(2.0)
got = torch.func.grad(lambda a: torch.func.grad(lambda b: b ** 3)(a))(x)
""",
    "vjp": """
got, pull = torch.func.vjp(lambda t: t.exp() * t, torch.tensor([1.0, 2.0]))
back = pull(torch.ones(2))
""",
    "grad and value": """
got = torch.func.grad_and_value(lambda t: t.pow(2).sum())(torch.rand(2, 3))
""",
    "per-sample gradients": """
net = torch.nn.Linear(3, 2)
def loss(params, x, y):
    out = torch.func.functional_call(net, params, (x,))
    return ((out - y) ** 2).mean()
params = {name: each.detach() for name, each in net.named_parameters()}
xs, ys = torch.randn(4, 3), torch.randn(4, 2)
got = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(params, xs, ys)
""",
    "vmap inside of grad": """
got = torch.func.grad(lambda t: torch.func.vmap(lambda r: r.sin() * r)(t).sum())(torch.rand(4, 3))
""",
    "vmap of vmap, over another dimension": """
f = torch.func.grad(lambda t: (t ** 3).sum())
got = torch.func.vmap(torch.func.vmap(f), in_dims=1)(torch.rand(2, 3, 4))
""",
    "jacrev of jacrev": """
f = lambda t: (t ** 3).sum()
got = torch.func.jacrev(torch.func.jacrev(f))(torch.tensor([1.0, 2.0]))
""",
    "a vectorized hessian": """
x = torch.tensor([1.0, 2.0])
got = torch.autograd.functional.hessian(lambda t: (t ** 3).sum(), x, vectorize=True)
""",
}  # fmt: skip
"""Passes inside of transforms, and with batched gradients."""

PASSES |= TRANSFORMED
