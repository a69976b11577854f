import torch
import torch.nn.functional as F

torch.manual_seed(0)
encoder, decoder = torch.nn.Linear(4, 2), torch.nn.Linear(2, 4)
codebook = torch.nn.Embedding(5, 2)
params = [*encoder.parameters(), *decoder.parameters(), *codebook.parameters()]
opt = torch.optim.Adam(params, lr=1e-2)
for step in range(3):
    x = torch.randn(6, 4)
    z = encoder(x)
    distances = torch.cdist(z, codebook.weight)
    codes = distances.argmin(1)
    q = codebook(codes)
    vq_loss = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
    q = z + (q - z).detach()
    loss = F.mse_loss(decoder(q), x) + vq_loss
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item(), codes.unique().numel())
