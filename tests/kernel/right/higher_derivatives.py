import torch

x = torch.linspace(0, 1, 5, dtype=torch.double, requires_grad=True)
y = torch.sin(x)
derivatives = [y.detach()]
for order in range(5):
    (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    derivatives.append(y.detach())
z = torch.tensor(0.3, requires_grad=True)
f = z.exp()
for order in range(4):
    f = torch.autograd.grad(f, z, create_graph=True)[0]
print(torch.stack(derivatives)[:, 0], f.item())
