import torch

z = torch.randn(4, dtype=torch.cfloat, requires_grad=True)
target = torch.exp(1j * torch.linspace(0, 3, 4))
optimizer = torch.optim.SGD([z], lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    loss = (torch.fft.fft(z) - torch.fft.fft(target)).abs().pow(2).mean()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
