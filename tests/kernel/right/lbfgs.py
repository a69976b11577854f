import torch

x = torch.linspace(0, 1, 6).double()
y = torch.exp(2 * x)
a = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
b = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.LBFGS([a, b], max_iter=3, line_search_fn="strong_wolfe")
for i in range(2):

    def closure():
        optimizer.zero_grad()
        loss = (a * torch.exp(b * x) - y).pow(2).mean()
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    print(i, loss.item())
