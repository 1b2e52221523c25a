"""What is installed is what was tested: every package is pinned by its content, by no address."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


def entries(name: str) -> list[str]:
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def test_the_lists_to_run_and_to_test_are_there() -> None:
    assert {"requirements.lock", "requirements-dev.lock"} <= set(LOCKS)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_one_version_and_hashes(name: str) -> None:
    for entry in entries(name):
        assert re.match(r"[a-z0-9._-]+==[\w.!+]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", [*LOCKS, "package-lock.json"])
def test_a_lock_names_no_host(name: str) -> None:
    found = [
        line
        for line in (ROOT / name).read_text().splitlines()
        if "://" in line and '"url":' not in line  # a package's page for donations, not its source
    ]

    assert not found


def test_tests_run_on_what_is_served() -> None:
    served = {entry.split(" ")[0]: entry for entry in entries("requirements.lock")}
    tested = {entry.split(" ")[0]: entry for entry in entries("requirements-dev.lock")}

    assert served.items() <= tested.items()


def test_front_end_packages_are_pinned_by_content() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    for name, entry in packages.items():
        assert not name or entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name
