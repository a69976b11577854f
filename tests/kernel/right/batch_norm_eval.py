import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.2), nn.Linear(4, 2))
optimizer = torch.optim.Adam(model.parameters())
criterion = nn.CrossEntropyLoss()
for epoch in range(2):
    model.train()
    x, y = torch.randn(8, 3), torch.randint(0, 2, (8,))
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.inference_mode():
        logits = model(torch.randn(4, 3))
        accuracy = (logits.argmax(dim=1) == torch.tensor([0, 1, 0, 1])).float().mean()
    print(epoch, loss.item(), accuracy.item())
