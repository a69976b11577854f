import torch
from torch.distributions import Categorical

torch.manual_seed(0)
policy = torch.nn.Linear(3, 2)
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
log_probs, rewards = [], []
for step in range(10):
    dist = Categorical(logits=policy(torch.randn(3)))
    action = dist.sample()
    log_probs.append(dist.log_prob(action))
    rewards.append(float(action))
    if len(log_probs) == 6:
        loss = -(torch.stack(log_probs) * (torch.tensor(rewards) - 0.5)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log_probs.clear()
        rewards.clear()
