import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
backbone.fc = nn.Linear(3, 10)
for param in backbone.parameters():
    param.requires_grad = False
backbone.fc = nn.Linear(3, 2)
criterion = nn.CrossEntropyLoss()
optimizer_conv = torch.optim.SGD(backbone.fc.parameters(), lr=0.01, momentum=0.9)
for epoch in range(2):
    for phase in ["train", "val"]:
        backbone.train(phase == "train")
        inputs, labels = torch.randn(4, 1, 5, 5), torch.randint(0, 2, (4,))
        optimizer_conv.zero_grad()
        with torch.set_grad_enabled(phase == "train"):
            outputs = backbone(inputs)
            _, preds = torch.max(outputs, 1)
            loss = criterion(outputs, labels)
            if phase == "train":
                loss.backward()
                optimizer_conv.step()
        running_loss = loss.item() * inputs.size(0)
        running_corrects = torch.sum(preds == labels.data)
        print(phase, running_loss / 4, running_corrects.double().item() / 4)
