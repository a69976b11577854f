import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(48, 4))
model.eval()
for image in torch.rand(2, 1, 1, 6, 6):
    image = image.clone().requires_grad_()
    scores = model(image)
    score, label = scores.max(dim=1)
    score.backward()
    saliency = image.grad.abs().amax(dim=1).squeeze()
    print(label.item(), saliency.max().item())
