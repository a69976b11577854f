"""Class-conditional diffusion with classifier-free guidance, DDIM, v-prediction, EMA swap for sampling."""

import contextlib
import torch
import torch.nn as nn


class UNet(nn.Module):
    def __init__(self, classes=2, h=32):
        super().__init__()
        self.cls = nn.Embedding(classes + 1, h)
        self.time = nn.Linear(1, h)
        self.inp, self.mid, self.out = nn.Linear(2, h), nn.Linear(h, h), nn.Linear(h, 2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x, t, c):
        h = torch.relu(self.inp(x) + self.time(t[:, None]) + self.cls(c))
        return self.out(torch.relu(self.mid(h)) + h)


class EMA:
    def __init__(self, model, decay=0.95):
        self.model, self.decay = model, decay
        self.shadow = [p.clone().detach() for p in model.parameters()]

    @torch.no_grad()
    def update(self):
        for s, p in zip(self.shadow, self.model.parameters()):
            s.sub_((1.0 - self.decay) * (s - p))

    @contextlib.contextmanager
    def average_parameters(self):
        backup = [p.clone() for p in self.model.parameters()]
        for s, p in zip(self.shadow, self.model.parameters()):
            p.data.copy_(s.data)
        try:
            yield
        finally:
            for b, p in zip(backup, self.model.parameters()):
                p.data.copy_(b.data)


def alpha_sigma(t):
    return torch.cos(t * torch.pi / 2), torch.sin(t * torch.pi / 2)


@torch.inference_mode()
def sample(model, n, c, guidance=2.0, steps=5):
    x = torch.randn(n, 2)
    ts = torch.linspace(1, 0, steps + 1)
    null = torch.full((n,), 2)
    for t, s in zip(ts[:-1], ts[1:]):
        tt = t.expand(n)
        v = model(x, tt, null)
        v = v + guidance * (model(x, tt, c) - v)
        a, g = alpha_sigma(t)
        pred, eps = a * x - g * v, g * x + a * v
        a2, g2 = alpha_sigma(s)
        x = pred * a2 + eps * g2
    return x


torch.manual_seed(0)
model = UNet()
ema = EMA(model)
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
for it in range(6):
    c = torch.randint(0, 2, (32,))
    x = torch.randn(32, 2) * 0.2 + (c * 2.0 - 1)[:, None]
    t = torch.rand(32)
    a, s = (z[:, None] for z in alpha_sigma(t))
    noise = torch.randn_like(x)
    target = a * noise - s * x
    drop = torch.rand(32) < 0.1
    v = model(a * x + s * noise, t, c.masked_fill(drop, 2))
    loss = (v - target).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    ema.update()
    if it % 3 == 2:
        model.eval()
        with ema.average_parameters():
            out = sample(model, 4, torch.tensor([0, 0, 1, 1]))
        model.train()
        print(it, loss.item(), out.mean(1).tolist())
