"""Two rankings of the same nodes in, how far they agree out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import weightedtau

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOP: Final = 100


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two rankings agree.

    Args:
        tau: weighted tau, -1 to 1: 1 for the same order. What stands at the top weighs most.
        top: how many first nodes were compared: a fifth of all, at most `TOP`.
        shared: how many of these are among the first in both.
    """

    tau: float
    top: int
    shared: int


def agreement(one: NDArray[np.float64], other: NDArray[np.float64]) -> Agreement:
    """Return how far two scorings of the same nodes agree; tau is NaN where one makes no difference.

    Additive hyperbolic weighted tau, averaged over both orders, ties counted as ties: Vigna, A Weighted
    Correlation Index for Rankings with Ties, WWW 2015. Among equal scores the first nodes are taken.

    Args:
        one: scores of shape ``(n,)``, the higher the better; rounded to what they answer for.
        other: scores of the same nodes in the same order.
    """
    size = min(TOP, max(1, one.size // 5))
    firsts = [set(np.argsort(-scores, kind="stable")[:size].tolist()) for scores in (one, other)]
    varied = one.size > 1 and np.ptp(one) > 0 and np.ptp(other) > 0
    tau = float(weightedtau(one, other).statistic) if varied else float("nan")
    return Agreement(tau, size, len(firsts[0] & firsts[1]))
