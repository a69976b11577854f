import copy

import torch

model = torch.nn.Linear(3, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
train_x, val_x = torch.randn(8, 3), torch.randn(4, 3)
best, best_loss, patience = None, float("inf"), 2
for epoch in range(5):
    model.train()
    optimizer.zero_grad()
    loss = (model(train_x) - train_x.sum(1, keepdim=True)).pow(2).mean()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        val_loss = (model(val_x) - val_x.sum(1, keepdim=True)).pow(2).mean().item()
    if val_loss < best_loss:
        best_loss, best, patience = val_loss, copy.deepcopy(model.state_dict()), 2
    else:
        patience -= 1
        if patience == 0:
            break
model.load_state_dict(best)
start = {name: value.detach().clone() for name, value in model.state_dict().items()}
print(best_loss, torch.equal(start["weight"], model.weight))
