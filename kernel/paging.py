"""Which slice of a long list? Cursor paging, stable while rows are added."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlakeyset import select_page
from sqlakeyset.results import unserialize_bookmark
from sqlakeyset.serial import BadBookmark, InvalidPage
from sqlalchemy import Select
from sqlalchemy.orm import Session

from kernel.errors import Invalid
from kernel.i18n import N_

PAGE_SIZE = 20
MAX_PAGE_SIZE = 200
Item = TypeVar("Item")
Other = TypeVar("Other")


class CursorUnknown(Invalid):
    """The cursor was not made by this list."""

    code = "cursor-unknown"
    message = N_("翻页位置无效。请从第一页重新开始。")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, with cursors to the neighbours ("" where there is none)."""

    items: Sequence[Item]
    next_cursor: str = ""
    previous_cursor: str = ""

    def map(self, function: Callable[[Item], Other]) -> "Page[Other]":
        items = [function(item) for item in self.items]
        return Page(items, self.next_cursor, self.previous_cursor)


def page_of(
    session: Session, statement: Select[Any], cursor: str = "", size: int = PAGE_SIZE
) -> Page[Any]:
    """One page of an ordered select of one entity; the order must end in a unique column.

    Raises: CursorUnknown.
    """
    try:
        bookmark = unserialize_bookmark(cursor) if cursor else None
        per_page = min(max(size, 1), MAX_PAGE_SIZE)
        page: Any = select_page(session, statement, per_page=per_page, page=bookmark)
    except (BadBookmark, InvalidPage, ValueError) as error:
        raise CursorUnknown from error
    paging = page.paging
    return Page(
        [row[0] for row in page],
        paging.bookmark_next if paging.has_next else "",
        paging.bookmark_previous if paging.has_previous else "",
    )
