import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Conv2d(4, 2, 3))
model.eval()
image = torch.rand(1, 1, 7, 7, requires_grad=True)
optimizer = torch.optim.Adam([image], lr=0.05)
for step in range(3):
    optimizer.zero_grad()
    activation = model(image)[0, 1].mean()
    loss = -activation + 0.01 * image.diff(dim=2).pow(2).mean()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        image.clamp_(0, 1)
print(activation.item())
