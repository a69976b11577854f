import math

import torch

dtype = torch.float
torch.manual_seed(0)
x = torch.linspace(-1, 1, 20, dtype=dtype)
y = torch.exp(x)
a = torch.randn((), dtype=dtype, requires_grad=True)
b = torch.randn((), dtype=dtype, requires_grad=True)
c = torch.randn((), dtype=dtype, requires_grad=True)
d = torch.randn((), dtype=dtype, requires_grad=True)
initial_loss = 1.0
learning_rate = 1e-3
for t in range(4):
    y_pred = a + b * x + c * x**2 + d * x**3
    loss = (y_pred - y).pow(2).sum()
    if t == 0:
        initial_loss = loss.item()
    if t % 2 == 1:
        print(f"Iteration t = {t} loss(t)/loss(0) = {loss.item() / initial_loss:10.6f}")
    loss.backward()
    with torch.no_grad():
        a -= learning_rate * a.grad
        b -= learning_rate * b.grad
        c -= learning_rate * c.grad
        d -= learning_rate * d.grad
        a.grad = None
        b.grad = None
        c.grad = None
        d.grad = None
print(f"y = {a.item()} + {b.item()} x", math.isfinite(initial_loss))
