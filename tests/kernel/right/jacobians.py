import torch
from torch.func import hessian, jacrev, jvp, vjp


def f(x):
    return torch.stack([x[0] * x[1], x[1].sin()])


def energy(x):
    return (x**4).sum() + x.prod()


x = torch.tensor([1.0, 2.0])
out, tangent = jvp(f, (x,), (torch.tensor([1.0, 0.0]),))
_, pull = vjp(f, x)
(cotangent,) = pull(torch.tensor([0.0, 1.0]))
J = jacrev(f)(x)
H = hessian(energy)(x)
print(torch.allclose(J[:, 0], tangent), torch.allclose(J[1], cotangent))
print(torch.allclose(H, torch.autograd.functional.hessian(energy, x)))
v = torch.tensor([0.5, 0.5], requires_grad=True)
(g,) = torch.autograd.grad(energy(v), v, create_graph=True)
rows = [torch.autograd.grad(g[i], v, retain_graph=True)[0] for i in range(2)]
print(torch.stack(rows))
