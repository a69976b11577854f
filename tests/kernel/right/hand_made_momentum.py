import torch

params = [torch.randn(3, 2, requires_grad=True), torch.zeros(2, requires_grad=True)]
velocity = [torch.zeros_like(p) for p in params]
x, y = torch.randn(5, 3), torch.randn(5, 2)
for step in range(3):
    loss = (x @ params[0] + params[1] - y).pow(2).mean()
    grads = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for p, v, g in zip(params, velocity, grads):
            v.mul_(0.9).add_(g)
            p.sub_(0.1 * v)
    print(step, loss.item())
