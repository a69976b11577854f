import torch

net = torch.nn.Linear(4, 2)
criterion = torch.nn.TripletMarginLoss(margin=1.0)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
losses = []
for step in range(3):
    anchor = torch.randn(6, 4)
    positive, negative = anchor + 0.1, torch.randn(6, 4)
    loss = criterion(net(anchor), net(positive), net(negative))
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
print(sum(losses) / len(losses))
