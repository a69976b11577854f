import torch
import torch.nn as nn


class PINN(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))

    def forward(self, x, t):
        return self.net(torch.cat([x, t], dim=1))


def derivative(u, x):
    return torch.autograd.grad(u, x, grad_outputs=torch.ones_like(u), create_graph=True)[0]


x = torch.rand(5, 1, requires_grad=True)
t = torch.rand(5, 1, requires_grad=True)
model = PINN()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(3):
    u = model(x, t)
    u_t, u_x = derivative(u, t), derivative(u, x)
    f = u_t + u * u_x - 0.01 * derivative(u_x, x)
    loss = (f**2).mean() + ((model(x, torch.zeros_like(t)) + torch.sin(x)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
