import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
dev0 = torch.device("cuda:0" if torch.cuda.device_count() > 1 else "cpu")
dev1 = torch.device("cuda:1" if torch.cuda.device_count() > 1 else "cpu")


class Stage1(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2))

    def forward(self, x):
        return self.seq(x)


class Stage2(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(6, 8, 3, padding=1)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))


class PipelineParallel(nn.Module):
    def __init__(self, split_size=4):
        super().__init__()
        self.seq1 = Stage1().to(dev0)
        self.seq2 = Stage2().to(dev1)
        self.split_size = split_size

    def forward(self, x):
        splits = iter(x.split(self.split_size, dim=0))
        s_next = next(splits)
        s_prev = self.seq1(s_next).to(dev1)
        ret = []
        for s_next in splits:
            s_prev = self.seq2(s_prev)
            ret.append(s_prev.view(s_prev.shape[0], -1))
            s_prev = self.seq1(s_next).to(dev1)
        s_prev = self.seq2(s_prev)
        ret.append(s_prev.view(s_prev.shape[0], -1))
        return torch.cat(ret)


def train(model):
    model.train(True)
    loss_fn = nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.001)
    one_hot_indices = torch.LongTensor(12).random_(0, 5).view(12, 1)
    for _ in range(3):
        inputs = torch.randn(12, 3, 8, 8)
        labels = torch.zeros(12, 5).scatter_(1, one_hot_indices, 1)
        optimizer.zero_grad()
        outputs = model(inputs.to(dev0))
        labels = labels.to(outputs.device)
        loss_fn(outputs, labels).backward()
        optimizer.step()


model = PipelineParallel()
train(model)
print(sum(p.grad.abs().sum().item() for p in model.parameters()))
