"""The catalogue and its proof of quality."""

from benchmarks import exchange, quality, window
from benchmarks.claims import Bench

BENCHES: list[Bench] = [*window.BENCHES, *quality.BENCHES, *exchange.BENCHES]
