import torch
from torch import nn

dynamics = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
optimizer = torch.optim.Adam(dynamics.parameters(), lr=1e-2)


def odeint(f, y0, t):
    ys, y = [y0], y0
    for a, b in zip(t[:-1], t[1:]):
        y = y + (b - a) * f(y)
        ys.append(y)
    return torch.stack(ys)


t = torch.linspace(0, 1, 5)
truth = torch.stack([torch.cos(t), torch.sin(t)], -1)
for epoch in range(3):
    predicted = odeint(dynamics, truth[0], t)
    loss = (predicted - truth).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
