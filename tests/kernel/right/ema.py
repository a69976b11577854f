import copy

import torch
from torch import nn

model = nn.Sequential(nn.Linear(2, 4), nn.GELU(), nn.Linear(4, 1))
ema = copy.deepcopy(model)
for p in ema.parameters():
    p.requires_grad_(False)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)


@torch.no_grad()
def update_ema(decay=0.9):
    for e, p in zip(ema.parameters(), model.parameters()):
        e.mul_(decay).add_(p, alpha=1 - decay)


for step in range(3):
    x = torch.randn(6, 2)
    loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    update_ema()
ema.eval()
print(ema(torch.ones(1, 2)).item())
