"""Does a page make its reader's browser ask another host? Never: neither by address nor by policy.

A link that a person may follow is no such thing; what a browser fetches by itself is.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from market.accounts.roles import Role
from tests.factories.market import sign_in_as

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = r"""["'(\s]+((?:[a-z]+:)?//[^"'\s)>]+)"""
FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source|audio|video|embed|object|form|base|use|input|button)\b"
    r"[^>]*?\b(?:src|href|action|formaction|data|poster|srcset)\s*=" + ELSEWHERE,
    re.IGNORECASE,
)
STYLED = re.compile(r"(?:url|@import)\s*" + ELSEWHERE, re.IGNORECASE)
SCRIPTED = re.compile(r"(?:fetch|import|open|EventSource|WebSocket|Worker)\s*" + ELSEWHERE)
SOURCES = ("*.html", "*.css", "*.js", "*.svg")


def found_elsewhere(text: str) -> list[str]:
    """Addresses of other hosts that a browser would fetch for this text."""
    found = [hit for pattern in (FETCHED, STYLED, SCRIPTED) for hit in pattern.findall(text)]
    return [address for address in found if urlsplit(address).hostname != "localhost"]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<link rel=stylesheet href='//cdn.example/x.css'>",
        "body { background: url(https://cdn.example/x.png) }",
        '@import "https://cdn.example/x.css";',
        'fetch("https://cdn.example/x")',
    ],
)
def test_what_a_browser_would_fetch_is_seen(text):
    assert found_elsewhere(text)


def test_a_link_for_a_person_is_no_fetch():
    assert not found_elsewhere('<a href="https://origin.example/data">来源</a>')


def test_no_template_style_or_script_fetches_from_elsewhere():
    folders = [path for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()]
    sources = [
        path
        for folder in folders
        for pattern in SOURCES
        for path in folder.rglob(pattern)
        if "vendor" not in path.parts
    ]

    guilty = {str(path.relative_to(ROOT)): found_elsewhere(path.read_text()) for path in sources}

    assert len(sources) > 10
    assert {name: found for name, found in guilty.items() if found} == {}


@pytest.mark.parametrize("role", [None, *Role])
def test_no_page_fetches_from_elsewhere_and_its_policy_would_forbid_it(app, client, role):
    if role:
        sign_in_as(client, role)
    shown = 0
    for address in pages_without_arguments(app):
        answer = client.get(address)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            shown += 1
            assert found_elsewhere(answer.text) == [], address
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert not re.search(r"https?:|\*", policy), address

    assert shown


def pages_without_arguments(app) -> list[str]:
    return sorted(
        str(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and not rule.arguments
    )
