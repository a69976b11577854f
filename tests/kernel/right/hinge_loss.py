import torch

x = torch.tensor([[3.0, 1.0], [2.5, 2.0], [-3.0, -1.0], [-2.0, -2.0]])
y = torch.tensor([1.0, 1.0, -1.0, -1.0])
w = torch.tensor([1.0, 0.5], requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.1)
for epoch in range(3):
    margin = torch.relu(1 - y * (x @ w + b))
    loss = margin.mean() + 0.1 * w.square().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
