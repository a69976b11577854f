import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

rnn = nn.RNN(2, 4, batch_first=True)
head = nn.Linear(4, 1)
params = list(rnn.parameters()) + list(head.parameters())
optimizer = torch.optim.SGD(params, lr=0.1)
for step in range(3):
    x = torch.randn(3, 5, 2)
    out, _ = rnn(x)
    loss = (head(out[:, -1]) - x.sum((1, 2)).unsqueeze(1)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    total_norm = clip_grad_norm_(params, max_norm=1.0)
    clip_grad_value_(params, 0.5)
    optimizer.step()
    print(step, float(total_norm), loss.item())
