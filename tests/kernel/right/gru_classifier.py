import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

torch.manual_seed(0)
embedding, gru, head = nn.Embedding(10, 4, padding_idx=0), nn.GRU(4, 5, batch_first=True), nn.Linear(5, 2)
model = nn.ModuleList([embedding, gru, head])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(2):
    sequences = [torch.randint(1, 10, (n,)) for n in (5, 3, 2)]
    lengths = torch.tensor([len(s) for s in sequences])
    padded = pad_sequence(sequences, batch_first=True)
    packed = pack_padded_sequence(embedding(padded), lengths, batch_first=True)
    _, last = gru(packed)
    loss = nn.functional.cross_entropy(head(last.squeeze(0)), torch.tensor([0, 1, 1]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
