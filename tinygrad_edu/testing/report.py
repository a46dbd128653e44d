"""What a gradient check found: the report of one that passed, the errors of one that did not."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AliasError",
    "DtypeError",
    "Entry",
    "GradientError",
    "GradientReport",
    "MismatchError",
    "MutationError",
    "NondeterminismError",
    "NonfiniteError",
    "NonlinearError",
    "ShapeError",
    "SmoothnessError",
]


@dataclass(frozen=True)
class Entry:
    """One derivative, computed in both ways.

    `where` says of which output, with respect to which entry of which argument.
    """

    where: str
    analytic: float
    numerical: float
    error: float  #: the estimated error of `numerical`
    tolerance: float

    @property
    def difference(self) -> float:
        """How far the two are apart."""
        return abs(self.analytic - self.numerical)

    def __str__(self) -> str:
        return (
            f"{self.where}: analytic {self.analytic:.10g}, numerical {self.numerical:.10g} "
            f"± {self.error:.1g}; they differ by {self.difference:.2g}, tolerance "
            f"{self.tolerance:.2g}"
        )


@dataclass(frozen=True)
class GradientReport:
    """What `tinygrad_edu.testing.check_gradients` checked, and how well the two sides agreed."""

    name: str
    order: int
    arguments: tuple[str, ...]  #: name, shape and dtype of each argument that was varied
    output: tuple[int, ...]  #: the shape of the output
    entries: int  #: derivatives compared with finite differences, and found equal
    nonsmooth: int  #: those where the function has a kink, a jump or a boundary
    inconclusive: int  #: those that finite differences could not settle
    worst: Entry | None  #: the one nearest to its tolerance
    lower: GradientReport | None = None  #: the report on the derivative of one order less

    @property
    def conclusive(self) -> bool:
        """Whether every derivative was settled, at this order and below."""
        return self.inconclusive == 0 and (self.lower is None or self.lower.conclusive)

    def __str__(self) -> str:
        order = (
            ["first", "second", "third"][self.order - 1] if self.order < 4 else f"{self.order}th"
        )
        lines = [] if self.lower is None else [str(self.lower)]
        if self.entries or not (self.inconclusive or self.nonsmooth):
            verdict = f"{self.entries} entries agree with finite differences"
        elif self.nonsmooth:
            verdict = f"{self.nonsmooth} entries are not smooth, and none was found wrong"
        else:
            verdict = "nothing could be settled by finite differences"
        lines += [
            f"{order} derivative of {self.name}: {verdict}",
            f"  arguments     {', '.join(self.arguments) or 'none'}",
            f"  output        shape {self.output}",
        ]
        if self.worst is not None:
            worst = self.worst
            lines += [
                f"  worst         {worst.difference:.2g} at {worst.where}",
                f"                analytic  {worst.analytic:.12g}",
                f"                numerical {worst.numerical:.12g} ± {worst.error:.1g}"
                f" (tolerance {worst.tolerance:.2g})",
            ]
        if self.nonsmooth:
            lines.append(f"  not smooth    {self.nonsmooth} entries: a kink, a jump or a boundary")
        if self.inconclusive:
            lines.append(f"  inconclusive  {self.inconclusive} entries")
        return "\n".join(lines)


class GradientError(AssertionError):
    """A gradient is wrong. There is one subclass for every way in which it can be.

    The message ends with lines of Python that repeat the check; `arguments` are what it was given.
    `entries` are the wrong derivatives, the worst first, and `diagnosis` is what is likely the
    matter; both are empty where it is not a value that is wrong.
    """

    arguments: tuple[object, ...] = ()

    def __init__(self, message: str, entries: tuple[Entry, ...] = (), diagnosis: str = "") -> None:
        super().__init__(message)
        self.entries, self.diagnosis = entries, diagnosis


class MismatchError(GradientError):
    """The gradient is not what finite differences say."""


class ShapeError(GradientError):
    """A gradient does not have the shape of its argument."""


class DtypeError(GradientError):
    """A gradient does not have the dtype of its argument."""


class MutationError(GradientError):
    """An argument or a cotangent was changed."""


class AliasError(GradientError):
    """A gradient shares its memory with an argument, a cotangent or another gradient."""


class NondeterminismError(GradientError):
    """Two evaluations gave different results."""


class NonlinearError(GradientError):
    """The gradient is not linear in the cotangent, as every pullback is."""


class NonfiniteError(GradientError):
    """A gradient is NaN or infinite where the derivative is finite."""


class SmoothnessError(GradientError):
    """There is no derivative to check: the function has a kink or a jump at this point."""
