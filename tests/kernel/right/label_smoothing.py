import torch
import torch.nn.functional as F


def smoothed(logits, labels, eps=0.1):
    log_p = F.log_softmax(logits, dim=-1)
    with torch.no_grad():
        target = torch.full_like(log_p, eps / (logits.size(-1) - 1))
        target.scatter_(1, labels.unsqueeze(1), 1 - eps)
    return -(target * log_p).sum(-1).mean()


model = torch.nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
library = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
for step in range(2):
    x, y = torch.randn(6, 4), torch.randint(0, 3, (6,))
    logits = model(x)
    loss = smoothed(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), library(logits, y).item())
