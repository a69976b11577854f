# %% data
import torch

x = torch.randn(8, 2)
y = x @ torch.tensor([1.0, -2.0]) + 0.5

# %% model
w = torch.zeros(2, requires_grad=True)
b = torch.zeros((), requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.1)

# %% training
history = []
for epoch in range(4):
    loss = (x @ w + b - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())

# %% result
print(history)
print(w.detach().numpy(), b.item())
