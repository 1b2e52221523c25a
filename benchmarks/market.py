"""The catalogue and its proof of quality."""

from benchmarks import quality, window
from benchmarks.claims import Bench

BENCHES: list[Bench] = [*window.BENCHES, *quality.BENCHES]
