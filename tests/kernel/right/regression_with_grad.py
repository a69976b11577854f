import torch

x = torch.linspace(-1, 1, 9)
y = 2 * x - 0.5
params = torch.tensor([0.0, 0.0], requires_grad=True)
for epoch in range(4):
    w, b = params
    loss = torch.mean((w * x + b - y) ** 2)
    (grad,) = torch.autograd.grad(loss, params)
    params = (params - 0.2 * grad).detach().requires_grad_()
print(params.tolist())
