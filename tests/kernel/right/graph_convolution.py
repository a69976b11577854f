import torch
from torch import nn
import torch.nn.functional as F


class GCNLayer(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_dim, out_dim))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, adj):
        return adj @ (x @ self.weight)


edges = torch.tensor([[0, 1, 2, 3, 4], [1, 2, 3, 4, 0]])
adj = torch.eye(5)
adj[edges[0], edges[1]] = 1
adj[edges[1], edges[0]] = 1
degree = adj.sum(1)
adj = adj / torch.sqrt(degree[:, None] * degree[None, :])
features, labels = torch.randn(5, 3), torch.tensor([0, 1, 0, 1, 1])
train_mask = torch.tensor([True, True, False, False, True])
first, second = GCNLayer(3, 4), GCNLayer(4, 2)
optimizer = torch.optim.Adam([*first.parameters(), *second.parameters()], lr=0.01, weight_decay=5e-4)
for epoch in range(3):
    hidden = F.dropout(F.relu(first(features, adj)), 0.2)
    out = second(hidden, adj)
    loss = F.cross_entropy(out[train_mask], labels[train_mask])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    accuracy = (out.argmax(1)[~train_mask] == labels[~train_mask]).float().mean()
    print(epoch, loss.item(), accuracy.item())
