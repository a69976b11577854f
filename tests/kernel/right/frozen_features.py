import torch
from torch import nn

features = nn.Sequential(nn.Linear(4, 6), nn.Tanh())
head = nn.Linear(6, 3)
features.eval()
optimizer = torch.optim.Adam(head.parameters(), lr=1e-2)
for step in range(3):
    x, y = torch.randn(5, 4), torch.randint(3, (5,))
    with torch.no_grad():
        z = features(x)
    loss = nn.functional.cross_entropy(head(z), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
