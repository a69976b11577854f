import torch


class Binarize(torch.nn.Module):
    def forward(self, x):
        hard = (x > 0).float()
        soft = torch.sigmoid(x)
        return hard + soft - soft.detach()


layer, out = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)
binarize = Binarize()
opt = torch.optim.Adam([*layer.parameters(), *out.parameters()], lr=0.01)
for step in range(3):
    x = torch.randn(5, 3)
    loss = (out(binarize(layer(x))) - x.mean(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
