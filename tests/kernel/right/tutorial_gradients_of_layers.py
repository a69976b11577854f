import torch
import torch.nn as nn

torch.manual_seed(0)


def fc_layer(in_size, out_size, norm_layer):
    return nn.Sequential(nn.Linear(in_size, out_size), norm_layer(out_size), nn.Sigmoid())


class Net(nn.Module):
    def __init__(self, norm_layer, size):
        super().__init__()
        self.layers = nn.Sequential(*[fc_layer(6, 6, norm_layer) for _ in range(size)])
        self.head = nn.Linear(6, 1)

    def forward(self, x):
        return self.head(self.layers(x))


def hook_forward(module_name, grads):
    def hook(module, args, output):
        output.register_hook(lambda grad: grads.append((module_name, grad)))

    return hook


x = torch.randn(10, 6)
y = torch.randn(10, 1)
grads = []
model = Net(nn.BatchNorm1d, 3)
for name, module in model.named_modules():
    if isinstance(module, nn.Linear):
        module.register_forward_hook(hook_forward(name, grads))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
optimizer.zero_grad()
loss = nn.MSELoss()(model(x), y)
loss.backward()
for name, grad in grads:
    print(name, grad.abs().mean().item())
optimizer.step()
