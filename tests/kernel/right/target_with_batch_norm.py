import copy

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
online = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))
predictor = nn.Linear(3, 3)
target = copy.deepcopy(online).requires_grad_(False)
optimizer = torch.optim.Adam([*online.parameters(), *predictor.parameters()], lr=1e-3)
for step in range(2):
    x = torch.randn(6, 4)
    with torch.no_grad():
        z = target(x + 0.1 * torch.randn_like(x))
    p = predictor(online(x))
    loss = 2 - 2 * F.cosine_similarity(p, z, dim=-1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for o, t in zip(online.parameters(), target.parameters()):
            t.mul_(0.99).add_(o, alpha=0.01)
