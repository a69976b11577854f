import torch
import torch.nn as nn
import torch.nn.functional as F

G = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))
D = nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1))
g_opt = torch.optim.Adam(G.parameters(), lr=1e-3)
d_opt = torch.optim.Adam(D.parameters(), lr=1e-3)
for turn in range(3):
    real = torch.randn(5, 2) + 2
    with torch.no_grad():
        fake = G(torch.randn(5, 2))
    d_loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()
    D.requires_grad_(False)
    g_loss = F.softplus(-D(G(torch.randn(5, 2)))).mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
    D.requires_grad_(True)
print(float(d_loss), float(g_loss))
