import torch

torch.manual_seed(0)
x = torch.randn(8, 3)
y = torch.randn(8, 1)
w1 = torch.randn(3, 4, requires_grad=True)
w2 = torch.randn(4, 1, requires_grad=True)
for turn in range(20):
    h = torch.tanh(x @ w1)
    loss = ((h @ w2 - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for w in (w1, w2):
            w -= 0.1 * w.grad
            w.grad = None
