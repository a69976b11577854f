"""A lesson that asks a question of each kind, and one exercise; and what is typed to solve it."""

from __future__ import annotations

ASKS = """\
format: 1
title: Asks
summary: A question of each kind, and an exercise.
setup: import torch
steps:
  - id: kinds
    title: All kinds
    explain: |
      Watch **w** with `→`.

      | a | b |
      |---|---|
      | 1 | 2 |
    then: So it is.
    code: |
      w = torch.tensor(3.0, requires_grad=True)
      a = w * 2411.0
      b = a + w
      b.backward()
      n = int(w.grad.item()) + 5000
      print("printed", n)
    predict:
      - before: 2
        ask: What is a?
        kind: number
        answer: a.item()
        wrong: {2411: That is the factor.}
        because: 3 times 2411.
      - before: 3
        ask: Has b a grad_fn?
        kind: choice
        answer: "'yes' if b.grad_fn else 'no'"
        choices: ["yes", "no"]
      - node: MulBackward0
        ask: What leaves?
        kind: number
        answer: grad_inputs[0].item()
      - before: 5
        ask: Which are leaves?
        kind: several
        answer: "[name for name in ('w', 'a', 'b') if globals()[name].is_leaf]"
        choices: [w, a, b]
      - before: 6
        ask: What is printed?
        kind: text
        answer: "'printed ' + str(n)"
  - id: more
    title: More kinds
    explain: Two more.
    code: |
      c = w * w
      d = c.exp()
    predict:
      - ask: Which node is on top of d?
        kind: node
        answer: type(d.grad_fn).__name__
      - ask: In which order did they come?
        kind: order
        answer: "['w', 'c']"
        choices: [c, w]
      - ask: On which line is exp?
        kind: line
        answer: "2"
exercise:
  task: Make **y** the double of x.
  starter: |
    x = torch.ones(2, requires_grad=True)
    y = x
  solution: |
    x = torch.ones(2, requires_grad=True)
    y = 2 * x
  check:
    - that: y.sum().item() == 4
      say: The sum of y is {y.sum().item():g}, and should be 4.
  hints: [Look at the second line., Multiply.]
  mistakes:
    - id: squared
      when: "'**' in code"
      say: That is the square of x.
      like: |
        x = torch.ones(2, requires_grad=True)
        y = x ** 2
  pieces: true
  then: Twice as much.
"""
"""a is 7233, b 7236; 2411 leaves MulBackward0, w.grad is 2412, n 7412."""

WITHHELD = ("7233", "7236", "2412", "7412")
"""What is not to be seen at the first question."""

ANSWERS = (
    *("n", "2411", "7233"),
    *("1",),
    *("n", "unsure", "5", "2411"),
    *("out", "2", "1"),
    *("printed 7412",),
    *("N", "exp", "2 1", "2"),
)
"""From the start to the exercise, some of them wrong at first."""

GOAL = """\
format: 1
title: Goal
summary: A graph to be built.
setup: |
  import torch
  theta = torch.ones(2, requires_grad=True)
steps: [{id: one, title: One, explain: One., code: n = 1}]
exercise:
  task: Build it.
  starter: |
    y = theta.sum()
  solution: |
    y = (theta * 2).exp().mean()
  check:
    - that: type(y.grad_fn).__name__ == 'MeanBackward0'
      say: The last one is {type(y.grad_fn).__name__}.
  hints: [Which is last?]
  goal: y
"""
