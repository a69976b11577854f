import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
cnn = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3)).eval().requires_grad_(False)


def gram_matrix(x):
    b, c, h, w = x.size()
    features = x.view(b * c, h * w)
    return (features @ features.t()).div(b * c * h * w)


content, style = torch.rand(1, 1, 8, 8), torch.rand(1, 1, 8, 8)
target_content = cnn(content).detach()
target_style = gram_matrix(cnn(style)).detach()
input_img = content.clone().requires_grad_(True)
optimizer = torch.optim.LBFGS([input_img], max_iter=2)
run = [0]
while run[0] <= 3:

    def closure():
        with torch.no_grad():
            input_img.clamp_(0, 1)
        optimizer.zero_grad()
        features = cnn(input_img)
        style_loss = F.mse_loss(gram_matrix(features), target_style)
        loss = 1000 * style_loss + F.mse_loss(features, target_content)
        loss.backward()
        run[0] += 1
        return loss

    optimizer.step(closure)
with torch.no_grad():
    input_img.clamp_(0, 1)
print(input_img.mean().item())
