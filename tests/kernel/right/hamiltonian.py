import torch
import torch.nn as nn


class HNN(nn.Module):
    """dq/dt = dH/dp, dp/dt = -dH/dq; H is a network."""

    def __init__(self, hidden=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            nn.Linear(hidden, 1, bias=False),
        )
        J = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
        self.register_buffer("J", J)

    def forward(self, x):
        return self.net(x)

    def time_derivative(self, x):
        H = self(x)
        dH = torch.autograd.grad(H.sum(), x, create_graph=True)[0]
        return dH @ self.J.t()


def pendulum(n, seed=0):
    g = torch.Generator().manual_seed(seed)
    x = torch.rand(n, 2, generator=g) * 2 - 1
    dx = torch.stack([x[:, 1], -torch.sin(x[:, 0])], 1)
    return x, dx


def leapfrog(model, x0, dt, steps):
    x = x0.clone()
    path = [x]
    for _ in range(steps):
        x = x.detach().requires_grad_(True)
        k1 = model.time_derivative(x)
        mid = (x + 0.5 * dt * k1).detach().requires_grad_(True)
        x = (x + dt * model.time_derivative(mid)).detach()
        path.append(x)
    return torch.stack(path)


def main():
    torch.manual_seed(0)
    model = HNN()
    optim = torch.optim.Adam(model.parameters(), 1e-3, weight_decay=1e-4)
    x, dx = pendulum(64)
    x.requires_grad_(True)
    test_x, test_dx = pendulum(32, seed=1)
    test_x = test_x.requires_grad_()
    stats = {"train_loss": [], "test_loss": []}
    for step in range(5):
        ixs = torch.randperm(x.shape[0])[:16]
        dx_hat = model.time_derivative(x[ixs])
        loss = ((dx[ixs] - dx_hat) ** 2).mean()
        loss.backward()
        optim.step()
        optim.zero_grad()
        test_hat = model.time_derivative(test_x)
        test_loss = ((test_dx - test_hat) ** 2).mean()
        stats["train_loss"].append(loss.item())
        stats["test_loss"].append(test_loss.item())
    print(stats)
    path = leapfrog(model, torch.tensor([[0.5, 0.0]]), 0.1, 5)
    with torch.no_grad():
        energy = model(path.view(-1, 2))
    print("drift", (energy.max() - energy.min()).item())


if __name__ == "__main__":
    main()
