import torch
import torch.nn.functional as F


def net(x, params):
    w1, b1, w2, b2 = params
    return F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2)


def task():
    amplitude, phase = torch.rand(1) + 0.5, torch.rand(1)
    x = torch.rand(6, 1) * 4 - 2
    return x, amplitude * torch.sin(x + phase)


params = [
    (torch.randn(4, 1) * 0.5).requires_grad_(),
    torch.zeros(4, requires_grad=True),
    (torch.randn(1, 4) * 0.5).requires_grad_(),
    torch.zeros(1, requires_grad=True),
]
meta_opt = torch.optim.Adam(params, lr=1e-2)
for it in range(2):
    meta_loss = 0.0
    for _ in range(2):
        x, y = task()
        fast = params
        inner = F.mse_loss(net(x[:3], fast), y[:3])
        grads = torch.autograd.grad(inner, fast, create_graph=True)
        fast = [p - 0.1 * g for p, g in zip(fast, grads)]
        meta_loss = meta_loss + F.mse_loss(net(x[3:], fast), y[3:])
    meta_opt.zero_grad()
    meta_loss.backward()
    meta_opt.step()
    print(it, meta_loss.item() / 2)
