import copy

import torch
from torch import nn
from torch.nn import functional as F

online = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
predictor = nn.Linear(3, 3)
target = copy.deepcopy(online)
optimizer = torch.optim.Adam(list(online.parameters()) + list(predictor.parameters()), lr=1e-3)
for step in range(2):
    x = torch.randn(6, 4)
    view1, view2 = x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)
    p = F.normalize(predictor(online(view1)), dim=1)
    with torch.no_grad():
        z = F.normalize(target(view2), dim=1)
    loss = 2 - 2 * (p * z).sum(dim=1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for o, t in zip(online.parameters(), target.parameters()):
            t.lerp_(o, 0.01)
