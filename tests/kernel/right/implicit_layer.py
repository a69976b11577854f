import torch
from torch import nn


class DEQ(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.lin = nn.Linear(size, size, bias=False)
        with torch.no_grad():
            self.lin.weight.mul_(0.3)

    def step(self, z, x):
        return torch.tanh(self.lin(z) + x)

    def forward(self, x):
        with torch.no_grad():
            z = torch.zeros_like(x)
            for _ in range(4):
                z = self.step(z, x)
        z = self.step(z, x)
        z0 = z.clone().detach().requires_grad_()
        f0 = self.step(z0, x)

        def backward_hook(grad):
            g = grad
            for _ in range(4):
                g = torch.autograd.grad(f0, z0, g, retain_graph=True)[0] + grad
            return g

        if z.requires_grad:
            z.register_hook(backward_hook)
        return z


deq = DEQ(3)
opt = torch.optim.SGD(deq.parameters(), lr=0.1)
x, y = torch.randn(4, 3), torch.randn(4, 3)
for step in range(2):
    opt.zero_grad()
    loss = (deq(x) - y).pow(2).mean()
    loss.backward()
    opt.step()
    print(loss.item())
