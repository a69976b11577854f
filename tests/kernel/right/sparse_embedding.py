import torch
import torch.nn.functional as F

emb = torch.nn.Embedding(8, 3, sparse=True)
out = torch.nn.Linear(3, 8)
sparse_opt = torch.optim.SparseAdam(emb.parameters(), lr=1e-2)
dense_opt = torch.optim.Adam(out.parameters(), lr=1e-2)
for context, target in [([0, 1], [2, 3]), ([4, 5], [6, 7])]:
    loss = F.cross_entropy(out(emb(torch.tensor(context))), torch.tensor(target))
    sparse_opt.zero_grad()
    dense_opt.zero_grad()
    loss.backward()
    sparse_opt.step()
    dense_opt.step()
    print(loss.item())
