import torch

torch.manual_seed(0)
policy = torch.nn.Linear(3, 2)
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
for episode in range(3):
    log_probs, rewards = [], []
    state = torch.randn(3)
    for t in range(3):
        dist = torch.distributions.Categorical(logits=policy(state))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        rewards.append(1.0 if action.item() == int(state[0] > 0) else 0.0)
        state = torch.randn(3)
    returns, G = [], 0.0
    for r in reversed(rewards):
        G = r + 0.9 * G
        returns.insert(0, G)
    returns = torch.tensor(returns)
    loss = -(torch.stack(log_probs) * (returns - returns.mean())).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(episode, sum(rewards))
