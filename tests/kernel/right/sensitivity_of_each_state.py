import torch

torch.manual_seed(0)
cell = torch.nn.RNNCell(2, 3)
x0 = torch.zeros(1, 3, requires_grad=True)
h, states = x0, []
for t in range(5):
    h = cell(torch.randn(1, 2), h)
    states.append(h)
norms = []
for state in states:
    (grad,) = torch.autograd.grad(state.sum(), x0, retain_graph=True)
    norms.append(grad.norm().item())
print(norms)
