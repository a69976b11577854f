import torch
from torch import nn
from torch.nn.functional import cosine_similarity

f = nn.Sequential(nn.Linear(5, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 4))
h = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 4))
optimizer = torch.optim.SGD([*f.parameters(), *h.parameters()], lr=0.05, momentum=0.9, weight_decay=1e-4)


def D(p, z):
    z = z.detach()
    return -cosine_similarity(p, z, dim=-1).mean()


for step in range(2):
    x = torch.randn(8, 5)
    z1, z2 = f(x + 0.1), f(x - 0.1)
    p1, p2 = h(z1), h(z2)
    L = D(p1, z2) / 2 + D(p2, z1) / 2
    optimizer.zero_grad()
    L.backward()
    optimizer.step()
    print(L.item())
