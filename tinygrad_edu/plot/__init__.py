"""Pictures of learning, with Matplotlib: the extra `plot` brings it.

Each function draws on the Axes that it is given, or on a new figure, and gives the Axes back; only
`boundary_animation` makes a page instead.
Matplotlib is imported when something is drawn, and not before.
"""

from tinygrad_edu.plot.animation import boundary_animation
from tinygrad_edu.plot.boundary import decision_boundary
from tinygrad_edu.plot.curves import gradient_norms, loss_curve
from tinygrad_edu.plot.matrices import weights

__all__ = ["boundary_animation", "decision_boundary", "gradient_norms", "loss_curve", "weights"]


def __dir__() -> list[str]:
    return __all__
