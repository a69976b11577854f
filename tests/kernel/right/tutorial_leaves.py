import torch
import torch.nn.functional as F

x = torch.ones(1, 3)
W = torch.ones(3, 2, requires_grad=True)
b = torch.ones(1, 2, requires_grad=True)
y = torch.ones(1, 2)
z = (x @ W) + b
y_pred = F.relu(z)
z.retain_grad()
y_pred.retain_grad()
loss = F.mse_loss(y_pred, y)
loss.retain_grad()
print(f"{x.is_leaf=} {W.is_leaf=} {b.is_leaf=} {z.is_leaf=} {loss.is_leaf=}")
loss.backward()
print(f"{y_pred.grad=}")
print(f"{z.grad=}")
print(f"{W.grad=}")
print(f"{loss.grad=}")
