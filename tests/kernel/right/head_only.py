import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 6), nn.ReLU())
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(self.body(x))


model = Classifier()
optimizer = torch.optim.Adam(model.fc.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(3):
    x, y = torch.randn(5, 4), torch.randint(0, 2, (5,))
    loss = criterion(model(x), y)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
