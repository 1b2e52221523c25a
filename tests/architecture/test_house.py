"""The house, as docs/architecture.md describes it, where import contracts cannot say it."""

import ast
import importlib.util
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from kernel.migrate import heads

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("market", "licensing", "sandbox", "billing", "valuation", "supervision")
SLICE_FILES = {
    "__init__", "pages", "api", "tasks", "cli", "actions", "reads", "schemas", "models", "rules",
    "events",
}  # fmt: skip
# Files that a slice has beside the nine, because docs/architecture.md lists them there.
LISTED = {
    "market/accounts": {"oidc", "roles"},
    "market/datasets": {"storage"},
    "market/tokens": {"oauth"},
    "market/verifications": {"storage"},
    "market/quality": {"suites", "runner"},
    "market/storefront": {"index"},
    "sandbox/queries": {"plan", "runner"},
    "sandbox/privacy": {"mechanism"},
    "billing/payments": {"stripe_gateway"},
    "valuation/appraisals": {"cost", "income", "comparison"},
    "supervision/transparency": {"merkle", "notes"},
}
EDGES = ("pages.py", "api.py", "tasks.py", "cli.py")
PLUMBING = {
    "kernel/db.py", "kernel/relay.py", "kernel/jobs.py", "kernel/forgetting.py",
    "kernel/web/problems.py", "kernel/web/health.py", "kernel/web/shell.py",
    "kernel/web/submissions.py",
}  # fmt: skip
FORBIDDEN_SOURCES = (
    r"os\.environ", r"os\.getenv", r"datetime\.now\(", r"date\.today\(", r"time\.time\(",
)  # fmt: skip
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40


def modules() -> Iterator[Path]:
    for top in ("kernel", *ROOMS):
        yield from sorted((ROOT / top).rglob("*.py"))
    yield from (ROOT / "wsgi.py", ROOT / "worker.py")


def extra_files() -> dict[str, set[str]]:
    """Files beside the nine that the tree of docs/architecture.md names in a slice's own lines."""
    return LISTED | _from_tree()


def _from_tree() -> dict[str, set[str]]:
    page = (ROOT / "docs" / "architecture.md").read_text()
    found: dict[str, set[str]] = {}
    for match in re.finditer(r"^- `(\w+/\w+)/(\w+)\.py`", page, re.MULTILINE):
        found.setdefault(match[1], set(LISTED.get(match[1], set()))).add(match[2])
    return found


def test_a_room_holds_only_slices_and_a_slice_only_known_files() -> None:
    listed = extra_files()
    strange = []
    for room in ROOMS:
        strange += [
            str(path.relative_to(ROOT))
            for path in (ROOT / room).iterdir()
            if path.is_file() and path.name != "__init__.py"
        ]
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).parts
            slice_name = "/".join(parts[:2])
            known = SLICE_FILES | listed.get(slice_name, set())
            if len(parts) != 3 or path.stem not in known:
                if len(parts) == 2:
                    continue
                strange.append("/".join(parts))

    assert strange == []


def test_only_edges_open_transactions_and_only_the_kernel_commits() -> None:
    wrong = []
    for path in modules():
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            is_transaction = isinstance(node.func, ast.Name) and node.func.id == "transaction"
            if is_transaction and path.name not in EDGES and name not in PLUMBING:
                wrong.append(f"{name}:{node.lineno} transaction()")
            is_commit = isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
            if is_commit and name != "kernel/db.py":
                wrong.append(f"{name}:{node.lineno} commit()")

    assert wrong == []


def test_no_module_and_no_function_is_too_long() -> None:
    long = []
    for path in modules():
        text = path.read_text()
        if text.count("\n") > MAX_MODULE_LINES:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")

    assert long == []


def test_every_module_says_which_question_it_answers() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_only_the_kernel_reads_the_environment_and_the_clock() -> None:
    wrong = []
    for path in modules():
        name = str(path.relative_to(ROOT))
        if name.startswith(("kernel/", "worker.py", "market/quality/runner.py")):
            continue  # the runner switches telemetry off before it loads the library
        text = path.read_text()
        for word in (
            r"os\.environ",
            r"os\.getenv",
            r"datetime\.now\(",
            r"date\.today\(",
            r"time\.time\(",
        ):
            wrong += [f"{name}: {word}" for _ in re.finditer(word, text)]

    assert wrong == []


def contracts() -> list[dict[str, object]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, object]] = config["tool"]["importlinter"]["contracts"]
    return found


def module_names() -> list[str]:
    names = []
    for path in modules():
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        names.append(dotted.removesuffix(".__init__"))
    return names


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: str(contract["name"]))
def test_every_pattern_of_a_contract_matches_something(contract: dict[str, object]) -> None:
    names = module_names()
    patterns: list[str] = []
    for key in ("source_modules", "protected_modules", "containers", "ancestors"):
        patterns += contract.get(key, [])  # type: ignore[arg-type]
    for package in contract.get("forbidden_modules", []):  # type: ignore[attr-defined]
        assert importlib.util.find_spec(package), f"{package} does not exist"

    empty = [
        pattern
        for pattern in patterns
        if not any(fnmatch(name, pattern.replace("**", "*")) for name in names)
    ]

    assert empty == []


def test_migrations_form_one_line_and_its_end_is_read_as_alembic_reads_it() -> None:
    assert heads() == ScriptDirectory(str(ROOT / "migrations")).get_heads()
    assert len(heads()) == 1
