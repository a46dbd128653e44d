"""Second derivatives: the same rules, run on Tensors, record the backward pass as well."""

import numpy as np

from tinygrad_edu import Tensor, grad

f = np.tanh
for order in range(4):
    print(f"derivative {order} of tanh at 0.5: {f(0.5):.10f}")
    f = grad(f)


def rosenbrock(x):
    """Rosenbrock's valley, which is flat along its curved bottom."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


# The Hessian, a row at a time: the gradient of each component of the gradient.
start = np.array([-1.2, 1.0])
hessian = [grad(lambda x, i=i: grad(rosenbrock)(x)[i])(start) for i in range(2)]
print("Hessian of Rosenbrock's function", np.array(hessian).tolist())

# The same with backward().
x = Tensor(3.0)
(x**3).backward(create_graph=True)
first, x.grad = x.grad, None
first.backward()
print("x**3 at 3: first derivative", first.item(), "second", x.grad.item())
