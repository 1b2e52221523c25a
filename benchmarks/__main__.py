"""python -m benchmarks [ROOM …]: measure the claims of some rooms, or of all."""

import importlib
import sys
from pathlib import Path

from benchmarks import claims

NOT_ROOMS = {"__init__", "__main__", "claims", "exchange", "quality", "window", "worlds"}


def main(rooms: list[str]) -> int:
    """Exit 0 even where a target is missed: the line says so. 2 for an unknown room."""
    known = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in NOT_ROOMS)
    unknown = set(rooms) - set(known)
    if unknown:
        print(f"no benchmarks for {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        return 2
    claims.RESULTS.unlink(missing_ok=True)
    missed = 0
    for room in rooms or known:
        module = importlib.import_module(f"benchmarks.{room}")
        for bench in module.BENCHES:
            for claim in bench():
                claims.write(claim)
                missed += not claim.ok
    print(f"{missed} target(s) missed" if missed else "every target met", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
