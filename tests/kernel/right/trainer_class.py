import torch
from torch import nn


class Trainer:
    def __init__(self, model, loader, lr):
        self.model, self.loader = model, loader
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()
        self.history = {"loss": [], "accuracy": []}

    def train_step(self, batch):
        x, y = batch
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def evaluate(self):
        self.model.eval()
        right = sum((self.model(x).argmax(1) == y).sum().item() for x, y in self.loader)
        self.model.train()
        return right / sum(len(y) for _, y in self.loader)

    def fit(self, epochs):
        for epoch in range(epochs):
            losses = [self.train_step(batch) for batch in self.loader]
            self.history["loss"].append(sum(losses) / len(losses))
            self.history["accuracy"].append(self.evaluate())
        return self.history


data = [(torch.randn(4, 3), torch.randint(0, 2, (4,))) for _ in range(2)]
trainer = Trainer(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), data, 1e-2)
print(trainer.fit(2))
