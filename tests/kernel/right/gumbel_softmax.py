import torch
import torch.nn.functional as F

logits = torch.nn.Parameter(torch.zeros(4))
values = torch.tensor([1.0, 2.0, 3.0, 4.0])
optimizer = torch.optim.Adam([logits], lr=0.1)
tau = 1.0
for step in range(4):
    sample = F.gumbel_softmax(logits, tau=tau, hard=True)
    loss = (sample @ values - 3.0).square()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    tau = max(0.5, tau * 0.9)
print(F.softmax(logits, -1).tolist())
