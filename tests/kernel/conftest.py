"""Data folders of the bundled server: an empty one, and one whose cluster is made already."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import embedded
from tests.kernel.server_processes import kill_server


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Nothing there yet; whatever runs in it at the end is killed."""
    yield tmp_path / "data"
    kill_server(tmp_path / "data")


@pytest.fixture(scope="session")
def cluster_made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped cluster to copy: making one takes a second."""
    made = tmp_path_factory.mktemp("made") / "data"
    embedded.start(made, settings=embedded.DISPOSABLE).close()
    return made


@pytest.fixture
def used_folder(folder: Path, cluster_made_once: Path) -> Path:
    """A cluster is there, and stopped."""
    shutil.copytree(cluster_made_once, folder)
    return folder
