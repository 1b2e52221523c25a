"""Does the web process stay light? What takes seconds and hundreds of megabytes is for workers."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("great_expectations", "pandas", "numpy", "pyarrow", "duckdb", "python_calamine")


def test_importing_the_web_application_loads_no_heavy_library():
    program = f"import sys, wsgi; print([name for name in {HEAVY} if name in sys.modules])"

    found = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_a_worker_loads_great_expectations_only_for_its_first_check():
    program = (
        "import sys, market.quality.tasks as tasks; "
        "print('great_expectations' in sys.modules, callable(tasks.run_check))"
    )

    found = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "False True"
