import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(0)
blocks = nn.ModuleList([nn.Sequential(nn.Linear(4, 4), nn.GELU()) for _ in range(3)])
head = nn.Linear(4, 1)
optimizer = torch.optim.AdamW([*blocks.parameters(), *head.parameters()], lr=1e-3)
for step in range(2):
    h = torch.randn(5, 4)
    target = torch.randn(5, 1)
    for block in blocks:
        h = checkpoint(block, h, use_reentrant=False)
    loss = nn.functional.mse_loss(head(h), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
