import torch
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
loader = [(torch.randn(5, 3), torch.randn(5, 1)) for _ in range(2)]
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
swa_model = AveragedModel(model)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
swa_scheduler = SWALR(optimizer, swa_lr=0.05)
for epoch in range(3):
    for input, target in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(input), target).backward()
        optimizer.step()
    if epoch > 1:
        swa_model.update_parameters(model)
        swa_scheduler.step()
    else:
        scheduler.step()
update_bn([input for input, _ in loader], swa_model)
swa_model.eval()
with torch.no_grad():
    preds = swa_model(loader[0][0])
print(preds.mean().item())
