import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
loss_fn = nn.MSELoss()
scaler = torch.amp.GradScaler("cpu", enabled=False)
for epoch in range(2):
    for input, target in [(torch.randn(4, 4), torch.randn(4, 2)) for _ in range(2)]:
        with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
            output = net(input)
            loss = loss_fn(output, target)
        scaler.scale(loss).backward()
        scaler.unscale_(opt)
        torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=0.1)
        scaler.step(opt)
        scaler.update()
        opt.zero_grad()
print(loss.item())
