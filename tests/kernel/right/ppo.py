import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
actor, critic = nn.Linear(3, 2), nn.Linear(3, 1)
optimizer = torch.optim.Adam([*actor.parameters(), *critic.parameters()], lr=1e-2)
for update in range(2):
    states = torch.randn(6, 3)
    with torch.no_grad():
        dist = Categorical(logits=actor(states))
        actions = dist.sample()
        old_log_probs = dist.log_prob(actions)
        returns = (actions == 0).float()
        advantages = returns - critic(states).squeeze(-1)
    for _ in range(2):
        dist = Categorical(logits=actor(states))
        ratio = (dist.log_prob(actions) - old_log_probs).exp()
        clipped = torch.clamp(ratio, 0.8, 1.2)
        policy_loss = -torch.min(ratio * advantages, clipped * advantages).mean()
        value_loss = nn.functional.mse_loss(critic(states).squeeze(-1), returns)
        loss = policy_loss + 0.5 * value_loss - 0.01 * dist.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(actor.parameters(), 0.5)
        optimizer.step()
