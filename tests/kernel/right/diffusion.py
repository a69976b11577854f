import torch
from torch import nn

T = 10
betas = torch.linspace(1e-4, 0.2, T)
alphas_bar = torch.cumprod(1 - betas, 0)
model = nn.Sequential(nn.Linear(3, 16), nn.SiLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(3):
    x0 = torch.randn(6, 2) + 1
    t = torch.randint(0, T, (6,))
    noise = torch.randn_like(x0)
    a = alphas_bar[t][:, None]
    xt = a.sqrt() * x0 + (1 - a).sqrt() * noise
    predicted = model(torch.cat([xt, t[:, None] / T], dim=1))
    loss = nn.functional.mse_loss(predicted, noise)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


@torch.no_grad()
def sample(n):
    x = torch.randn(n, 2)
    for i in reversed(range(T)):
        eps = model(torch.cat([x, torch.full((n, 1), i / T)], 1))
        x = (x - betas[i] / (1 - alphas_bar[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
    return x


print(sample(3))
