import torch
from torch import nn

vocab, hidden = 5, 6
i2h, h2o = nn.Linear(vocab + hidden, hidden), nn.Linear(hidden, vocab)
params = [*i2h.parameters(), *h2o.parameters()]
optimizer = torch.optim.SGD(params, lr=0.05)
data = torch.randint(0, vocab, (9,))
h = torch.zeros(1, hidden)
for start in range(0, 8, 4):
    h = h.detach()
    loss = 0
    for t in range(start, start + 4):
        x = nn.functional.one_hot(data[t : t + 1], vocab).float()
        h = torch.tanh(i2h(torch.cat([x, h], 1)))
        loss += nn.functional.cross_entropy(h2o(h), data[t + 1 : t + 2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item() / 4)
