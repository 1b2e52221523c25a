"""How much does a mechanism really spend? A lower bound from its answers alone.

On two neighbouring data sets, half of the answers choose the most telling event (one threshold,
either side), the other half estimate its two probabilities with Clopper-Pearson bounds. The
logarithm of their ratio is below the true epsilon with the stated confidence, whatever the
mechanism: an audit can convict, never acquit.
"""

import math
from collections.abc import Sequence

from scipy.stats import beta

CONFIDENCE = 0.999


def epsilon_at_least(answers: Sequence[int], others: Sequence[int]) -> float:
    """A lower bound on epsilon from answers on two neighbours, of equal number."""
    half = len(answers) // 2
    event = _most_telling(answers[:half], others[:half])
    bounds = [
        _ratio(sum(map(event, one[half:])), sum(map(event, other[half:])), half)
        for one, other in ((answers, others), (others, answers))
    ]
    return max(0.0, *bounds)


def _most_telling(answers: Sequence[int], others: Sequence[int]):
    low, high = min(*answers, *others), max(*answers, *others)
    steps = max((high - low) // 200, 1)
    best, chosen = -1.0, (low, True)
    for threshold in range(low, high, steps):
        for is_above in (True, False):
            one, other = (
                sum((value >= threshold) == is_above for value in values)
                for values in (answers, others)
            )
            found = max(_ratio(one, other, len(answers)), _ratio(other, one, len(answers)))
            if found > best:
                best, chosen = found, (threshold, is_above)
    threshold, is_above = chosen
    return lambda value: (value >= threshold) == is_above


def _ratio(hits: int, other_hits: int, tries: int) -> float:
    """The logarithm of the smallest likely ratio of two probabilities."""
    error = (1 - CONFIDENCE) / 2
    least = beta.ppf(error, hits, tries - hits + 1) if hits else 0.0
    most = beta.ppf(1 - error, other_hits + 1, tries - other_hits) if other_hits < tries else 1.0
    return math.log(least / most) if least > 0 else -math.inf
