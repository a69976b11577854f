import torch
from torch import nn


class ReverseGrad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.neg() * ctx.alpha, None


features, label, domain = nn.Linear(4, 5), nn.Linear(5, 2), nn.Linear(5, 2)
optimizer = torch.optim.SGD([*features.parameters(), *label.parameters(), *domain.parameters()], lr=0.05)
for step in range(3):
    source, target = torch.randn(4, 4), torch.randn(4, 4) + 1
    y = torch.randint(0, 2, (4,))
    f_s, f_t = torch.relu(features(source)), torch.relu(features(target))
    task_loss = nn.functional.cross_entropy(label(f_s), y)
    both = ReverseGrad.apply(torch.cat([f_s, f_t]), 0.5)
    domains = torch.cat([torch.zeros(4), torch.ones(4)]).long()
    loss = task_loss + nn.functional.cross_entropy(domain(both), domains)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
