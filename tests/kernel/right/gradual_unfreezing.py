import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
for layer in model[:-1]:
    layer.requires_grad_(False)
optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
x, y = torch.randn(8, 3), torch.randn(8, 1)
for epoch in range(4):
    if epoch == 2:
        model[2].requires_grad_(True)
        optimizer.add_param_group({"params": model[2].parameters(), "lr": 0.01})
    optimizer.zero_grad()
    loss = (model(x) - y).square().mean()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
