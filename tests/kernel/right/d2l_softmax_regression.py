import torch


def softmax(X):
    X_exp = torch.exp(X - X.max(1, keepdim=True).values)
    return X_exp / X_exp.sum(1, keepdim=True)


def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y])


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def accuracy(y_hat, y):
    cmp = y_hat.argmax(axis=1).type(y.dtype) == y
    return float(cmp.type(y.dtype).sum())


X = torch.randn(12, 4)
y = torch.randint(0, 3, (12,))
W = torch.normal(0, 0.01, size=(4, 3), requires_grad=True)
b = torch.zeros(3, requires_grad=True)
for epoch in range(2):
    total, right = 0.0, 0.0
    for i in range(0, 12, 4):
        y_hat = softmax(X[i : i + 4] @ W + b)
        loss = cross_entropy(y_hat, y[i : i + 4])
        loss.sum().backward()
        sgd([W, b], 0.1, 4)
        total += float(loss.sum())
        right += accuracy(y_hat, y[i : i + 4])
    print(total / 12, right / 12)
