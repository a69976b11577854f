import torch
from torch import nn

torch.manual_seed(3)
layers = []
for _ in range(12):
    layers += [nn.Linear(8, 8), nn.ReLU()]
model = nn.Sequential(*layers, nn.Linear(8, 2))
for module in model:
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(module.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for step in range(2):
    x, y = torch.randn(16, 8), torch.randint(0, 2, (16,))
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    print(loss.item())
