"""Drawing: any Tensor can show how it was computed, as SVG, PNG, PDF or DOT."""

from tinygrad_edu import Tensor, draw, nn, softmax, to_dot

scores = Tensor([[2.0, -1.0, 0.5], [0.0, 1.0, 3.0]], name="scores")
loss = nn.softmax_cross_entropy(scores, [0, 1])
loss.name = "loss"
loss.backward()
draw(loss, "loss.svg")  # arrays are shown as small heatmaps of value and gradient

network = nn.TwoLayerNetwork(2, hidden=3, outputs=2, seed=0)
probabilities = softmax(network([[1.0, -1.0]]))
draw(probabilities, "network.svg", names=locals(), direction="down")
draw(probabilities, "network.png", names=locals())

print("wrote loss.svg, network.svg and network.png")
print("the same in Graphviz's language:", to_dot(loss).splitlines()[0])
