import torch

w = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
x = torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]])
lengths = torch.tensor([2, 3])
mask = torch.arange(3)[None, :] < lengths[:, None]
for step in range(2):
    product = x * w
    inside = torch.where(product > 0, product, torch.ones_like(product))
    logs = torch.where(product > 0, torch.log(inside), torch.zeros_like(product))
    loss = (logs * mask).sum() / mask.sum() + (w**2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
print(w)
