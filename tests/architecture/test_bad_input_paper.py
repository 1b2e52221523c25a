"""Does docs/bad-input.md say the program's own words, and name tests that exist?"""

import ast
import re
from pathlib import Path

import pytest

from kernel.i18n import catalogue

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<input>[^|]+) \| (?P<zh>[^|]+) \| (?P<en>[^|]+) \| `(?P<test>[^`]+)` \|$")
PAPER = (ROOT / "docs" / "bad-input.md").read_text(encoding="utf-8")
ROWS = [found for line in PAPER.splitlines() if (found := ROW.match(line))]


def test_every_line_of_the_table_is_read() -> None:
    table = [line for line in PAPER.splitlines() if line.startswith("|")]

    assert len(ROWS) == len(table) - 2
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["input"].partition(" · ")[2])
def test_the_words_are_the_programs_and_the_test_exists(row: re.Match[str]) -> None:
    path, _, name = row["test"].partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}

    assert catalogue("en").get(row["zh"]) == row["en"]
    assert name.partition("[")[0] in functions
