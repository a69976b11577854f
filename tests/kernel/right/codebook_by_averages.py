import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)


class Quantizer(nn.Module):
    def __init__(self, codes=5, dim=2):
        super().__init__()
        self.embedding = nn.Embedding(codes, dim)
        self.register_buffer("size", torch.ones(codes))
        self.register_buffer("total", self.embedding.weight.detach().clone())

    def forward(self, z):
        index = torch.cdist(z, self.embedding.weight).argmin(1)
        one_hot = F.one_hot(index, len(self.size)).float()
        if self.training:
            self.size = 0.9 * self.size + 0.1 * one_hot.sum(0)
            self.total = 0.9 * self.total + 0.1 * (one_hot.t() @ z).detach()
            self.embedding.weight.data = self.total / self.size.unsqueeze(1)
        q = self.embedding(index).detach()
        return z + (q - z).detach(), F.mse_loss(z, q)


encoder, quantizer, decoder = nn.Linear(4, 2), Quantizer(), nn.Linear(2, 4)
model = nn.ModuleList([encoder, quantizer, decoder])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(3):
    x = torch.randn(6, 4)
    q, commitment = quantizer(encoder(x))
    loss = F.mse_loss(decoder(q), x) + 0.25 * commitment
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
