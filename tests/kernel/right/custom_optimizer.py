import torch


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, beta=0.9):
        super().__init__(params, {"lr": lr, "beta": beta})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["m"] = torch.zeros_like(p)
                m = state["m"]
                update = (m * group["beta"] + p.grad * (1 - group["beta"])).sign()
                p.add_(update, alpha=-group["lr"])
                m.lerp_(p.grad, 1 - group["beta"])


model = torch.nn.Linear(2, 1)
optimizer = Lion(model.parameters(), lr=0.01)
x = torch.randn(6, 2)
for step in range(2):
    optimizer.zero_grad()
    loss = (model(x) - x.prod(1, keepdim=True)).pow(2).mean()
    loss.backward()
    optimizer.step()
    print(loss.item())
