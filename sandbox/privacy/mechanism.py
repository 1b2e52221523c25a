"""What noise hides one unit? The only module that draws it, with OpenDP's discrete mechanisms.

Everything here works on whole numbers, so neither the order of a sum nor the low bits of a float
can tell anything. The library is asked what its mechanism costs, and the noise is widened until
that is not more than was promised.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import opendp.prelude as dp

from sandbox.privacy.rules import laplace_scale

dp.enable_features("contrib")

LARGEST = 2**62
_WHOLE = dp.vector_domain(dp.atom_domain(T="i64"))
_L1 = dp.l1_distance(T="i64")
_L2 = dp.l2_distance(T="f64")


@dataclass(frozen=True)
class Noisy:
    """Released numbers and the public scale of their noise."""

    values: tuple[int, ...]
    scale: float


def with_laplace(exact: Sequence[int], *, l1: int, epsilon: Fraction) -> Noisy:
    """Add discrete Laplace noise to a vector that one unit moves by at most l1 in sum."""
    scale = laplace_scale(l1, epsilon)
    mechanism = dp.m.make_laplace(_WHOLE, _L1, scale=scale)
    while _cost(mechanism, l1) > epsilon:  # the library rounds its own bound up by an ulp
        scale = math.nextafter(scale, math.inf)
        mechanism = dp.m.make_laplace(_WHOLE, _L1, scale=scale)
    return Noisy(_drawn(mechanism, exact), scale)


def with_gaussian(exact: Sequence[int], *, l2_squared: int, rho: Fraction) -> Noisy:
    """Add discrete Gaussian noise to a vector that one unit moves by at most sqrt(l2_squared).

    rho: zero-concentrated privacy loss, l2_squared / (2 scale**2).
    """
    l2 = math.nextafter(math.sqrt(l2_squared), math.inf)
    scale = math.nextafter(l2 / math.sqrt(2 * rho), math.inf)
    mechanism = dp.m.make_gaussian(_WHOLE, _L2, scale=scale)
    while _cost(mechanism, l2) > rho:
        scale = math.nextafter(scale, math.inf)
        mechanism = dp.m.make_gaussian(_WHOLE, _L2, scale=scale)
    return Noisy(_drawn(mechanism, exact), scale)


def _cost(mechanism: dp.Measurement, distance: float) -> Fraction:
    """What the library itself says that the mechanism spends at this distance."""
    return Fraction(mechanism.map(distance))  # type: ignore[no-untyped-call]  # of opendp


def _drawn(mechanism: dp.Measurement, exact: Sequence[int]) -> tuple[int, ...]:
    """Cutting to 63 bits first moves no two vectors further apart."""
    cut = [max(-LARGEST, min(LARGEST, value)) for value in exact]
    return tuple(int(value) for value in mechanism(cut)) if cut else ()
