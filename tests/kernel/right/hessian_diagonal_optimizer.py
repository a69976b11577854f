import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
params = list(model.parameters())
x = torch.randn(8, 2)
for step in range(2):
    loss = (model(x) - x.prod(1, keepdim=True)).pow(2).mean()
    loss.backward(create_graph=True)
    signs = [torch.randint_like(p, 2) * 2 - 1 for p in params]
    products = torch.autograd.grad([p.grad for p in params], params, signs)
    with torch.no_grad():
        for p, s, h in zip(params, signs, products):
            p -= 0.1 * p.grad / ((s * h).abs() + 0.1)
    for p in params:
        p.grad = None
    print(loss.item())
