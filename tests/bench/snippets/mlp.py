torch.manual_seed(0)
x = torch.linspace(-1.0, 1.0, 64).reshape(64, 1)
y = x**2
model = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = torch.nn.functional.mse_loss
for epoch in range(200):
    optimizer.zero_grad()
    prediction = model(x)
    loss = criterion(prediction, y)
    loss.backward()
    optimizer.step()
