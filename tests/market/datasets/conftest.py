"""Files and their loading, said in one line."""

import pytest

from market.datasets.ingest import Workshop
from tests.market.datasets.files import Loader


@pytest.fixture
def workshop(tmp_path) -> Workshop:
    folder = tmp_path / "work"
    folder.mkdir()
    return Workshop(folder, memory_mb=500, threads=2)


@pytest.fixture
def load(workshop) -> Loader:
    return Loader(workshop)
