import torch
from torch import autograd, nn

D = nn.Sequential(nn.Linear(2, 8), nn.Softplus(), nn.Linear(8, 1))
G = nn.Sequential(nn.Linear(3, 8), nn.Softplus(), nn.Linear(8, 2))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.0, 0.9))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.0, 0.9))


def gradient_penalty(real, fake):
    alpha = torch.rand(real.size(0), 1)
    mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    scores = D(mixed)
    grads = autograd.grad(scores, mixed, torch.ones_like(scores), create_graph=True, retain_graph=True)[0]
    return ((grads.norm(2, dim=1) - 1) ** 2).mean()


for step in range(2):
    for _ in range(2):
        real = torch.randn(4, 2)
        fake = G(torch.randn(4, 3)).detach()
        opt_d.zero_grad()
        loss_d = D(fake).mean() - D(real).mean() + 10 * gradient_penalty(real, fake)
        loss_d.backward()
        opt_d.step()
    opt_g.zero_grad()
    loss_g = -D(G(torch.randn(4, 3))).mean()
    loss_g.backward()
    opt_g.step()
    print(loss_d.item(), loss_g.item())
