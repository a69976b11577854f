import random

import torch
from torch import nn

random.seed(1)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru = nn.Embedding(6, 4), nn.GRU(4, 4, batch_first=True)

    def forward(self, x):
        return self.gru(self.embedding(x))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru, self.out = nn.Embedding(6, 4), nn.GRU(4, 4, batch_first=True), nn.Linear(4, 6)

    def forward(self, hidden, target, teacher_forcing=0.5):
        token = torch.zeros(target.size(0), 1, dtype=torch.long)
        outputs = []
        for i in range(target.size(1)):
            output, hidden = self.gru(torch.relu(self.embedding(token)), hidden)
            logits = self.out(output)
            outputs.append(logits)
            if random.random() < teacher_forcing:
                token = target[:, i : i + 1]
            else:
                token = logits.topk(1).indices.squeeze(-1).detach()
        return torch.cat(outputs, dim=1)


encoder, decoder = Encoder(), Decoder()
e_opt = torch.optim.Adam(encoder.parameters(), lr=1e-3)
d_opt = torch.optim.Adam(decoder.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
total = 0
for batch in range(2):
    source, target = torch.randint(1, 6, (2, 3)), torch.randint(1, 6, (2, 3))
    e_opt.zero_grad()
    d_opt.zero_grad()
    _, hidden = encoder(source)
    outputs = decoder(hidden, target)
    loss = criterion(outputs.view(-1, 6), target.view(-1))
    loss.backward()
    e_opt.step()
    d_opt.step()
    total += loss.item()
print(total / 2)
