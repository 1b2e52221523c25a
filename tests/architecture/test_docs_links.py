"""Does every relative link in the project's papers lead to a file that is there?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "demo").rglob("*.md")]
)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(paper: Path) -> None:
    links = LINK.findall(paper.read_text(encoding="utf-8"))

    missing = [link for link in links if not (paper.parent / link).exists()]

    assert missing == []
