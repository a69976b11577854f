import torch
from torch import nn

model = nn.ModuleDict({"body": nn.Linear(4, 6), "norm": nn.LayerNorm(6), "head": nn.Linear(6, 2)})
decay, no_decay = [], []
for name, p in model.named_parameters():
    (no_decay if p.ndim <= 1 else decay).append(p)
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0, "lr": 1e-2}], lr=1e-3
)
for step in range(2):
    x, y = torch.randn(5, 4), torch.randn(5, 2)
    hidden = torch.relu(model["norm"](model["body"](x)))
    loss = nn.functional.mse_loss(model["head"](hidden), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] *= 0.9
print(loss.item())
