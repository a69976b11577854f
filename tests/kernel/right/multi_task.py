import torch
from torch import nn

trunk, regress, classify = nn.Linear(4, 6), nn.Linear(6, 1), nn.Linear(6, 3)
log_vars = nn.Parameter(torch.zeros(2))
modules = nn.ModuleList([trunk, regress, classify])
optimizer = torch.optim.Adam([{"params": modules.parameters()}, {"params": [log_vars], "lr": 1e-2}], lr=1e-3)
for step in range(3):
    x = torch.randn(6, 4)
    h = torch.tanh(trunk(x))
    losses = torch.stack([
        nn.functional.mse_loss(regress(h), x.sum(1, keepdim=True)),
        nn.functional.cross_entropy(classify(h), x[:, :3].argmax(1)),
    ])
    loss = (torch.exp(-log_vars) * losses + log_vars).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(losses.tolist())
