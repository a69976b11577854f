import torch
from torch import nn


def all_reduce(tensors):
    return torch.stack(tensors).mean(0)


replicas = [nn.Linear(3, 1) for _ in range(2)]
replicas[1].load_state_dict(replicas[0].state_dict())
optimizers = [torch.optim.SGD(r.parameters(), lr=0.1, momentum=0.9) for r in replicas]
for step in range(2):
    x, y = torch.randn(6, 3), torch.randn(6, 1)
    for rank, replica in enumerate(replicas):
        optimizers[rank].zero_grad()
        nn.functional.mse_loss(replica(x[rank::2]), y[rank::2]).backward()
    for shared in zip(*[r.parameters() for r in replicas]):
        mean = all_reduce([p.grad for p in shared])
        for p in shared:
            p.grad.copy_(mean)
    for optimizer in optimizers:
        optimizer.step()
print(torch.equal(replicas[0].weight, replicas[1].weight))
