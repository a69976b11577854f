import torch

model = torch.nn.Linear(3, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
loader = [(torch.randn(2, 3), torch.randn(2, 1)) for _ in range(6)]
accumulation_steps = 3
optimizer.zero_grad()
running = 0.0
for i, (inputs, targets) in enumerate(loader):
    loss = torch.nn.functional.mse_loss(model(inputs), targets)
    loss = loss / accumulation_steps
    loss.backward()
    running += loss.item()
    if (i + 1) % accumulation_steps == 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
print(running)
