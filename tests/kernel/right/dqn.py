import random
from collections import deque

import torch
from torch import nn

random.seed(0)
policy_net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
target_net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
target_net.load_state_dict(policy_net.state_dict())
optimizer = torch.optim.AdamW(policy_net.parameters(), lr=1e-3)
memory = deque(maxlen=50)
state = torch.randn(1, 2)
for step in range(6):
    if random.random() < 0.3:
        action = torch.tensor([[random.randrange(3)]])
    else:
        with torch.no_grad():
            action = policy_net(state).max(1).indices.view(1, 1)
    next_state = torch.randn(1, 2)
    reward = torch.tensor([float(action.item() == 1)])
    memory.append((state, action, next_state, reward))
    state = next_state
    if len(memory) < 4:
        continue
    states, actions, next_states, rewards = map(torch.cat, zip(*random.sample(memory, 4)))
    state_action_values = policy_net(states).gather(1, actions)
    with torch.no_grad():
        next_state_values = target_net(next_states).max(1).values
    expected = next_state_values * 0.99 + rewards
    loss = nn.SmoothL1Loss()(state_action_values, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    weights, target = policy_net.state_dict(), target_net.state_dict()
    for key in weights:
        target[key] = weights[key] * 0.05 + target[key] * 0.95
    target_net.load_state_dict(target)
