"""The two-layer network learns four rows by gradient descent; no derivative is written by hand."""

import numpy as np

from tinygrad_edu import nn

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
targets = np.array([[0], [1], [1], [0]])  # the first two columns differ, or not

network = nn.TwoLayerNetwork(inputs=3, hidden=4, outputs=1, bias=False, seed=1)

for step in range(1500):
    loss = nn.sum_of_squares(network(X), targets)
    if step % 300 == 0:
        print(f"step {step:4}   loss {loss.item():.6f}")
    network.zero_grad()
    loss.backward()
    for weights in network.parameters():
        weights.data = weights.data - weights.grad  # a learning rate of 1

print(f"at the end  loss {nn.sum_of_squares(network(X), targets).item():.6f}")
print("outputs", network(X).data.ravel().round(2))
