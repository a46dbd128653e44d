"""One neuron: its output, its gradients, and a picture of how both were computed."""

from tinygrad_edu import Tensor, draw, nn, sigmoid

# The first neuron of many tutorials. At 0.999 the sigmoid is nearly flat, its slope 0.0009: such a
# neuron hardly learns.
saturated = nn.Neuron([0, 1], 4)([2, 3])
print("the tutorial's neuron", saturated.item())

# One that does, whose products can be followed in the head.
x1, x2 = Tensor(2.0, name="x1"), Tensor(3.0, name="x2")
w1, w2, b = Tensor(0.5, name="w1"), Tensor(-1.0, name="w2"), Tensor(1.5, name="b")

y = sigmoid(w1 * x1 + w2 * x2 + b)
y.name = "y"
print("output", y.item())

y.backward()
for parameter in (w1, w2, b):
    print(f"d y / d {parameter.name} = {parameter.grad:.10f}")

draw(y, "neuron.svg", parameters=[w1, w2, b])
print("wrote neuron.svg")
