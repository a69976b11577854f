import torch
import torch.nn as nn
import torch.nn.functional as F

teacher = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
student = nn.Linear(4, 3)
optimizer = torch.optim.Adam(student.parameters(), lr=0.01)
teacher.eval()
student.train()
T, weight = 2.0, 0.25
for epoch in range(3):
    inputs, labels = torch.randn(6, 4), torch.randint(0, 3, (6,))
    optimizer.zero_grad()
    with torch.no_grad():
        teacher_logits = teacher(inputs)
    student_logits = student(inputs)
    soft_targets = F.softmax(teacher_logits / T, dim=-1)
    soft_prob = F.log_softmax(student_logits / T, dim=-1)
    soft_loss = torch.sum(soft_targets * (soft_targets.log() - soft_prob)) / soft_prob.size(0) * T**2
    loss = weight * soft_loss + (1 - weight) * F.cross_entropy(student_logits, labels)
    loss.backward()
    optimizer.step()
print(loss.item())
