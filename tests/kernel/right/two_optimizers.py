import torch
from torch import nn

encoder, decoder = nn.Linear(4, 2), nn.Linear(2, 4)
enc_opt = torch.optim.Adam(encoder.parameters(), lr=1e-2)
dec_opt = torch.optim.SGD(decoder.parameters(), lr=1e-1)
for step in range(3):
    x = torch.randn(6, 4)
    loss = nn.functional.mse_loss(decoder(encoder(x)), x)
    enc_opt.zero_grad()
    dec_opt.zero_grad()
    loss.backward()
    enc_opt.step()
    dec_opt.step()
    print(step, loss.item())
