import torch

model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Softplus(), torch.nn.Linear(6, 1)).requires_grad_(False)
x, baseline = torch.rand(4), torch.zeros(4)
total = torch.zeros(4)
steps = 5
for k in range(1, steps + 1):
    point = (baseline + k / steps * (x - baseline)).requires_grad_()
    (grad,) = torch.autograd.grad(model(point).sum(), point)
    total += grad
attributions = (x - baseline) * total / steps
print(attributions.sum().item(), (model(x) - model(baseline)).item())
