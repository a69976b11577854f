import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
handle = a.register_hook(lambda grad: grad * 2)
b = a * 3
c = b.sum()
c.backward()
print(a.grad)
handle.remove()
seen = []


def remember(param):
    seen.append(param.grad.norm().item())


w = torch.nn.Parameter(torch.tensor([0.5, -0.5]))
w.register_post_accumulate_grad_hook(remember)
for turn in range(2):
    w.grad = None
    loss = (w * torch.tensor([1.0, 2.0])).pow(2).sum()
    loss.backward()
print(seen)
