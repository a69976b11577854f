import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(3):
    t = torch.rand(6, 1).requires_grad_(True)
    u = net(t)
    du = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]
    d2u = torch.autograd.grad(du, t, torch.ones_like(du), create_graph=True)[0]
    residual = (d2u + u).pow(2).mean()
    start = (net(torch.zeros(1, 1)) - 1).pow(2).squeeze()
    loss = residual + start
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
