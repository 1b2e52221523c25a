"""Load the demo city into the database of this environment."""

import sys

from demo import story
from kernel.settings import Settings

if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    story.run(Settings.from_environment(), print, worker_child=False)
