import torch
from torch import nn

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        return x + 0.1 * self.fc2(torch.relu(self.fc1(x)))


model = nn.Sequential(nn.Linear(3, 6), *[Block(6) for _ in range(12)], nn.Linear(6, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(4, 3), torch.randn(4, 1)
for step in range(2):
    optimizer.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    optimizer.step()
    print(loss.item())
