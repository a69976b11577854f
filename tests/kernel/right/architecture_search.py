"""DARTS, second order, with unrolled weights and the finite difference of the Hessian-vector product."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)

model = nn.ModuleDict({"a": nn.Linear(4, 6), "b": nn.Linear(4, 6), "out": nn.Linear(6, 2)})
alpha = torch.zeros(2, requires_grad=True)
w_opt = torch.optim.SGD(model.parameters(), lr=0.1)
a_opt = torch.optim.Adam([alpha], lr=0.01)


def forward(x, net):
    w = F.softmax(alpha, dim=0)
    h = w[0] * torch.relu(net["a"](x)) + w[1] * torch.tanh(net["b"](x))
    return net["out"](h)


def loss_on(batch, net):
    x, y = batch
    return F.cross_entropy(forward(x, net), y)


def batch(n=20):
    x = torch.randn(n, 4)
    return x, (x.sum(1) > 0).long()


def hessian_vector(vector, train, r=1e-2):
    norm = torch.cat([v.flatten() for v in vector]).norm()
    eps = r / norm
    with torch.no_grad():
        for p, v in zip(model.parameters(), vector):
            p.add_(v, alpha=eps.item())
    grad_p = torch.autograd.grad(loss_on(train, model), alpha)[0]
    with torch.no_grad():
        for p, v in zip(model.parameters(), vector):
            p.sub_(v, alpha=2 * eps.item())
    grad_n = torch.autograd.grad(loss_on(train, model), alpha)[0]
    with torch.no_grad():
        for p, v in zip(model.parameters(), vector):
            p.add_(v, alpha=eps.item())
    return (grad_p - grad_n) / (2 * eps)


for step in range(3):
    train, valid = batch(), batch()
    backup = [p.detach().clone() for p in model.parameters()]
    # one step of the weights, kept aside
    grads = torch.autograd.grad(loss_on(train, model), list(model.parameters()))
    with torch.no_grad():
        for p, g in zip(model.parameters(), grads):
            p -= 0.1 * g
    val = loss_on(valid, model)
    outer = torch.autograd.grad(val, [alpha, *model.parameters()])
    dalpha, dw = outer[0], outer[1:]
    with torch.no_grad():
        for p, b in zip(model.parameters(), backup):
            p.copy_(b)
    implicit = hessian_vector(dw, train)
    alpha.grad = dalpha - 0.1 * implicit
    a_opt.step()

    w_opt.zero_grad()
    loss = loss_on(train, model)
    loss.backward()
    w_opt.step()
    print(f"{step} train {loss.item():.4f} valid {val.item():.4f} alpha {alpha.tolist()}")
