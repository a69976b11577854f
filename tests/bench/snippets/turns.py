w = 2.0
for turn in range(3300):
    loss = w * w
    w = w - 0.001 * loss
