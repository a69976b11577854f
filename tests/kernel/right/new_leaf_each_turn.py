import torch

x = torch.linspace(0, 1, 6)
y = 2 * x
w = torch.tensor(0.0, requires_grad=True)
for epoch in range(3):
    loss = (w * x - y).pow(2).mean()
    loss.backward()
    w = w - 0.5 * w.grad
    w = w.detach().requires_grad_()
v = torch.tensor(0.0, requires_grad=True)
for epoch in range(3):
    loss = (v * x - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        v = v - 0.5 * v.grad
    v.requires_grad_()
print(w.item(), v.item())
