import torch
import torch.nn.functional as F

cost = torch.rand(4, 4, requires_grad=True)
kernel = torch.exp(-cost / 0.5)
u = torch.ones(4, 1)
v = torch.ones(4)
for _ in range(3):
    u = 0.25 / (kernel @ v[:, None])
    v = (0.25 / (kernel.t() @ u)).squeeze(1)
plan = u * kernel * v
loss = (plan * cost).sum()
loss.backward()
scores = torch.randn(4, 4, requires_grad=True)
log_p = scores
for _ in range(3):
    log_p = F.log_softmax(log_p, dim=1)
    log_p = F.log_softmax(log_p, dim=0)
(-log_p.diagonal().sum()).backward()
print(cost.grad.norm(), scores.grad.norm())
