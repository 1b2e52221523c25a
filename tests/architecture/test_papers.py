"""What docs/ promises to be complete is complete."""

import ast
import re
from pathlib import Path

import worker
import wsgi
from kernel.db import Base
from kernel.errors import DomainError
from kernel.events import known_events
from kernel.i18n import catalogue
from kernel.settings import Settings
from migrations.tables import load_every_table

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "package-lock.json")
IN_TEMPLATE = re.compile(r"\b_\(\s*(\"|')((?:(?!\1).)*[^\x00-\x7f](?:(?!\1).)*)\1")


def load_everything() -> None:
    assert wsgi.create_app
    worker.load_tasks()
    load_every_table()


def every_error(base: type[DomainError] = DomainError) -> set[type[DomainError]]:
    """The house's errors; what a test made for itself is nobody's problem."""
    below = {error for child in base.__subclasses__() for error in every_error(child)}
    return {error for error in {base} | below if not error.__module__.startswith("tests.")}


def test_every_problem_code_is_explained() -> None:
    load_everything()
    page = (ROOT / "docs" / "problems.md").read_text()
    codes = {error.code for error in every_error() if hasattr(error, "code")}
    codes = {code for code in codes if not code.startswith("test-")}

    assert sorted(code for code in codes if f"`{code}`" not in page) == []


def test_no_problem_code_means_two_things() -> None:
    load_everything()
    owners: dict[str, set[str]] = {}
    for error in every_error():
        if "code" in vars(error):
            owners.setdefault(error.code, set()).add(f"{error.__module__}.{error.__name__}")

    assert {code: names for code, names in owners.items() if len(names) > 1} == {}


def test_every_event_is_explained() -> None:
    load_everything()
    page = (ROOT / "docs" / "events.md").read_text()
    names = [name for name in known_events() if not name.startswith("test.")]

    assert sorted(name for name in names if f"`{name}`" not in page) == []


def test_every_setting_is_explained() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()

    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in page] == []


def test_every_table_stands_in_the_glossary_or_the_kernel() -> None:
    load_everything()
    page = (ROOT / "docs" / "glossary.md").read_text()
    missing = [
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if not mapper.class_.__module__.startswith("kernel.")
        and f"`{mapper.local_table.name}`" not in page  # type: ignore[attr-defined]
    ]

    assert sorted(missing) == []


def test_repository_names_no_registry_and_no_path_of_a_machine() -> None:
    hosts = re.compile(r"https?://[^\s\"']*(pypi|pythonhosted|npmjs|debian)\.", re.IGNORECASE)
    wrong = []
    for name in (
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "package-lock.json",
    ):
        path = ROOT / name
        if path.exists() and hosts.search(path.read_text()):
            wrong.append(name)

    assert wrong == []


def chinese_of_python(path: Path) -> set[str]:
    texts = set()
    for node in ast.walk(ast.parse(path.read_text())):
        is_marked = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"N_", "translate", "say"}
        )
        if is_marked and node.args and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
            texts.add(str(node.args[0].value))  # type: ignore[attr-defined]
    return texts


def chinese_of_template(path: Path) -> set[str]:
    return {match[2] for match in IN_TEMPLATE.finditer(path.read_text())}


def test_every_text_people_see_has_its_english() -> None:
    texts: dict[str, str] = {}
    for top in ("kernel", "market", "licensing", "sandbox", "billing", "valuation", "supervision"):
        for path in (ROOT / top).rglob("*.py"):
            texts |= dict.fromkeys(chinese_of_python(path), str(path.relative_to(ROOT)))
        for path in (ROOT / top).rglob("*.html"):
            texts |= dict.fromkeys(chinese_of_template(path), str(path.relative_to(ROOT)))
    english = catalogue("en")
    missing = {
        text: where for text, where in texts.items() if not text.isascii() and text not in english
    }

    assert missing == {}


def test_no_template_writes_chinese_punctuation_beside_the_catalogue() -> None:
    """A colon or comma of full width between two translated words stays so on an English page."""
    words = re.compile(r"\{#.*?#\}|\b_\(\s*(\"|')(?:(?!\1).)*\1", re.DOTALL)
    names = re.compile(r'"[^"{}\n]{2,}"')  # of laws: the same on every page
    beside: dict[str, list[str]] = {}
    for top in ("kernel", "market", "licensing", "sandbox", "billing", "valuation", "supervision"):
        for path in (ROOT / top).rglob("*.html"):
            left = names.sub("", words.sub("", path.read_text()))
            found = re.findall(r"[，。、：；（）]", left)
            beside[str(path.relative_to(ROOT))] = found

    assert len(beside) > 50
    assert {path: found for path, found in beside.items() if found} == {}
