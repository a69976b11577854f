import torch

shift = torch.zeros(3, requires_grad=True)
x = torch.randn(4, 3)
optimizer = torch.optim.SGD([shift], lr=0.1)
for step in range(2):
    optimizer.zero_grad()
    moved = x + shift
    up = moved.sum()
    down = (moved - 1).abs().sum()
    up.backward()
    down.backward()
    optimizer.step()
print(shift)
