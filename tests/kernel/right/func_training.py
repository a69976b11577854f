import torch
from torch.func import grad_and_value, functional_call

model = torch.nn.Linear(3, 1)
x, y = torch.randn(6, 3), torch.randn(6, 1)


def loss_fn(params):
    return torch.nn.functional.mse_loss(functional_call(model, params, (x,)), y)


params = {name: p.detach().clone() for name, p in model.named_parameters()}
for step in range(3):
    grads, loss = grad_and_value(loss_fn)(params)
    params = {name: p - 0.1 * grads[name] for name, p in params.items()}
    print(step, loss.item())
