"""What does the reader of a refusal see, in both languages?"""

import html
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from kernel import settings


def both_languages(chinese: str, english: str) -> pytest.MarkDecorator:
    """Run a test once in each language, with the words that its reader must see."""
    return pytest.mark.parametrize(
        ("language", "words"), [("zh", chinese), ("en", english)], ids=["zh", "en"]
    )


def text_of(answer: TestResponse) -> str:
    """A page or problem+json as its reader sees it, on one line."""
    return " ".join(html.unescape(answer.text).split())


def kept_files() -> list[Path]:
    """Every file in the object store."""
    objects = settings.in_use().data_folder / "objects"
    return [path for path in objects.rglob("*") if path.is_file()]
