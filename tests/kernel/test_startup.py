"""What every process of ours opens, and how it ends."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import atexit, gc, sys
from pathlib import Path
from kernel import startup
from kernel.settings import Settings

atexit.register(lambda: print(gc.get_freeze_count() > 0))  # the first registered runs last
address = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
startup.open_process(Settings(data_folder=Path(sys.argv[1]), database_url=address))
"""


def test_a_process_ends_without_looking_through_all_it_has_loaded(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert ended.stdout == "True\n"
