import torch
from torch import nn
import torch.nn.functional as F

tower = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
optimizer = torch.optim.RMSprop(tower.parameters(), lr=1e-3)
for step in range(3):
    left, right = torch.randn(5, 4), torch.randn(5, 4)
    same = torch.randint(0, 2, (5,)).float()
    distance = F.pairwise_distance(tower(left), tower(right))
    loss = (same * distance.pow(2) + (1 - same) * F.relu(1.0 - distance).pow(2)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    print(F.pairwise_distance(tower(left), tower(right)).mean().item())
