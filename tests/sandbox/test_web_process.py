"""The web process explains and charges; it never loads what reads data or draws noise."""

import subprocess
import sys

PROBE = """
import sys
from sandbox.policies import api, pages
from sandbox.privacy import api, pages
from sandbox.queries import api, cli, pages
heavy = {"duckdb", "opendp", "pyarrow", "pandas", "numpy"}
print(sorted(heavy & set(sys.modules)))
"""


def test_the_edges_of_the_sandbox_load_no_engine_and_no_noise():
    done = subprocess.run([sys.executable, "-c", PROBE], check=True, capture_output=True, text=True)

    assert done.stdout == "[]\n"
