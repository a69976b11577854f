import torch
from torch import nn

torch.manual_seed(0)
layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
head = nn.Linear(8, 3)
optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-3)
mask = nn.Transformer.generate_square_subsequent_mask(4)
for step in range(2):
    src, labels = torch.randn(2, 4, 8), torch.randint(0, 3, (2, 4))
    out = head(encoder(src, mask=mask, is_causal=True))
    loss = nn.functional.cross_entropy(out.flatten(0, 1), labels.flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(encoder.parameters(), 0.5)
    optimizer.step()
    print(loss.item())
encoder.eval()
with torch.no_grad():
    print(encoder(src, mask=mask, is_causal=True).shape)
