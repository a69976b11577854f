import torch


def batches(x, y, size):
    order = torch.randperm(len(x))
    for i in range(0, len(x), size):
        index = order[i : i + size]
        yield x[index], y[index]


def training(model, optimizer, x, y):
    while True:
        for xb, yb in batches(x, y, 4):
            loss = (model(xb).squeeze(1) - yb).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield loss.item()


x = torch.randn(8, 3)
y = x.sum(1)
model = torch.nn.Linear(3, 1)
steps = training(model, torch.optim.SGD(model.parameters(), lr=0.1), x, y)
print([next(steps) for _ in range(4)])
