"""Three neurons make a network: a module of one's own, whose parameters are found by attribute."""

import numpy as np

from tinygrad_edu import draw, nn


class ThreeNeurons(nn.Module):
    """h1 and h2 see the input, o1 sees h1 and h2."""

    def __init__(self, h1=(1, -0.5), h2=(-1, 1), o1=(1.5, -1)):
        self.h1 = nn.Neuron(h1, 0)
        self.h2 = nn.Neuron(h2, 0)
        self.o1 = nn.Neuron(o1, 0)

    def feedforward(self, x):
        """The output, for rows x of shape ``(n, 2)`` or one input of shape ``(2,)``."""
        return self.o1(np.stack([self.h1(x), self.h2(x)], axis=-1))


# With the same weights [0, 1] everywhere, as in many tutorials, half of it is dead: o1 does not
# listen to h1, so that no gradient arrives there.
print("the tutorial's network", ThreeNeurons([0, 1], [0, 1], [0, 1])([2, 3]).item())

network = ThreeNeurons()
print(network)

y = network(np.array([2, 3]))
print("output", y.item())

y.backward()
for path, parameter in network.named_parameters():
    print(f"gradient of {path:10} {parameter.grad}")

draw(y, "three_neurons.svg")
print("wrote three_neurons.svg")
