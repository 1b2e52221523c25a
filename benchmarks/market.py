"""The catalogue and its proof of quality."""

from benchmarks import window
from benchmarks.claims import Bench

BENCHES: list[Bench] = [*window.BENCHES]
