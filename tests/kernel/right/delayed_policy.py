import copy

import torch
from torch import nn

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
critic = nn.Linear(3, 1)
actor_target, critic_target = copy.deepcopy(actor), copy.deepcopy(critic)
actor_opt = torch.optim.Adam(actor.parameters(), lr=1e-3)
critic_opt = torch.optim.Adam(critic.parameters(), lr=1e-3)
for it in range(3):
    state, next_state, reward = torch.randn(5, 2), torch.randn(5, 2), torch.randn(5, 1)
    action = (actor(state) + 0.1 * torch.randn(5, 1)).detach().clamp(-1, 1)
    with torch.no_grad():
        target = reward + 0.9 * critic_target(torch.cat([next_state, actor_target(next_state)], 1))
    critic_loss = nn.functional.mse_loss(critic(torch.cat([state, action], 1)), target)
    critic_opt.zero_grad()
    critic_loss.backward()
    critic_opt.step()
    if it and it % 5 == 0:
        actor_loss = -critic(torch.cat([state, actor(state)], 1)).mean()
        actor_opt.zero_grad()
        actor_loss.backward()
        actor_opt.step()
