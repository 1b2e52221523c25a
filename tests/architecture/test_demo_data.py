"""Are the demo city's files exactly the ones that demo/data/README.md describes?"""

import csv
import hashlib
from pathlib import Path

import pandas as pd
import pytest

DATA = Path(__file__).parents[2] / "demo" / "data"
PAPERS = {"README.md", ".gitattributes"}
LIMIT_BYTES = 15_000_000


def described() -> dict[str, list[str]]:
    """Rows of the README's table by file name: rows, columns, bytes and SHA-256 as written."""
    table = {}
    for line in (DATA / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if len(cells) == 10 and (DATA / cells[0]).is_file():
            numbers = [cell.replace(",", "") for cell in cells[2:5]]
            table[cells[0]] = [*numbers, cells[9]]
    return table


def measured(path: Path) -> list[str]:
    """Rows, columns, bytes and SHA-256 of a file, in the form the README writes them."""
    if path.suffix == ".parquet":
        rows, columns = pd.read_parquet(path).shape
    else:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        rows, columns = len(lines), len(header)
    content = path.read_bytes()
    return [str(rows), str(columns), str(len(content)), hashlib.sha256(content).hexdigest()]


FILES = sorted(path.name for path in DATA.iterdir() if path.name not in PAPERS)


def test_every_file_is_described_and_every_description_has_its_file() -> None:
    assert sorted(described()) == FILES


@pytest.mark.parametrize("name", FILES)
def test_rows_columns_size_and_hash_are_as_described(name: str) -> None:
    assert measured(DATA / name) == described()[name]


def test_the_folder_stays_below_its_limit() -> None:
    assert sum((DATA / name).stat().st_size for name in FILES) <= LIMIT_BYTES
