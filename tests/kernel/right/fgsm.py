import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
model.eval()


def fgsm_attack(image, epsilon, data_grad):
    perturbed = image + epsilon * data_grad.sign()
    return torch.clamp(perturbed, 0, 1)


correct = 0
for data, target in [(torch.rand(1, 6), torch.tensor([1])) for _ in range(3)]:
    data.requires_grad = True
    output = model(data)
    init_pred = output.max(1, keepdim=True)[1]
    loss = F.nll_loss(F.log_softmax(output, dim=1), target)
    model.zero_grad()
    loss.backward()
    perturbed = fgsm_attack(data, 0.1, data.grad.data)
    final_pred = model(perturbed).max(1, keepdim=True)[1]
    correct += (final_pred.item() == init_pred.item())
print(correct / 3)
