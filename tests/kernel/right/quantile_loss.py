import torch


def pinball(prediction, target, q):
    error = target - prediction
    return torch.maximum(q * error, (q - 1) * error).mean()


model = torch.nn.Linear(1, 3)
quantiles = torch.tensor([0.1, 0.5, 0.9])
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
x = torch.linspace(0, 1, 8).unsqueeze(1)
y = x + 0.1 * torch.randn(8, 1)
for epoch in range(3):
    prediction = model(x)
    loss = pinball(prediction, y, quantiles)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
