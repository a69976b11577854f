import torch
from torch import nn

torch.manual_seed(0)
netG = nn.Sequential(
    nn.ConvTranspose2d(3, 4, 2, bias=False), nn.BatchNorm2d(4), nn.ReLU(True),
    nn.ConvTranspose2d(4, 1, 3, bias=False), nn.Tanh(),
)
netD = nn.Sequential(
    nn.Conv2d(1, 4, 3, bias=False), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(4, 1, 2, bias=False), nn.Sigmoid()
)
criterion = nn.BCELoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=2e-4, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))
real_label, fake_label = 1.0, 0.0
fixed_noise = torch.randn(2, 3, 1, 1)
img_list = []
for i in range(2):
    netD.zero_grad()
    real = torch.rand(4, 1, 4, 4)
    label = torch.full((4,), real_label)
    output = netD(real).view(-1)
    errD_real = criterion(output, label)
    errD_real.backward()
    D_x = output.mean().item()
    fake = netG(torch.randn(4, 3, 1, 1))
    label.fill_(fake_label)
    output = netD(fake.detach()).view(-1)
    errD_fake = criterion(output, label)
    errD_fake.backward()
    errD = errD_real + errD_fake
    optimizerD.step()
    netG.zero_grad()
    label.fill_(real_label)
    output = netD(fake).view(-1)
    errG = criterion(output, label)
    errG.backward()
    optimizerG.step()
    print(i, errD.item(), errG.item(), D_x)
    with torch.no_grad():
        fake = netG(fixed_noise).detach().cpu()
    img_list.append(fake)
print(len(img_list))
