import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Dropout(0.5), nn.Linear(10, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4)
x, y = torch.randn(8, 5), torch.randn(8, 1)
for epoch in range(3):
    model.train()
    loss = nn.functional.l1_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.train()
with torch.no_grad():
    samples = torch.stack([model(x) for _ in range(4)])
print(samples.mean(0).squeeze(1), samples.std(0).squeeze(1))
