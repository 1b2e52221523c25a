"""Pages that every visitor sees alike are drawn once for each edition of what they show.

An edition is a word the database changes in the same transaction as anything such a page shows: a
visitor is asked for nothing but that word, and never sees an older page than it. Who is signed
in, or has a message waiting, gets a page drawn for them alone.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock

from flask import current_app, g, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from kernel import clock, i18n
from kernel.request import request_id
from kernel.web.guard import find_actor

LARGEST_PAGE = 128 * 1024
MOST_PAGES = 64  # at most 8 MiB in one process
PLACE_OF_REQUEST_ID = secrets.token_hex(16)  # of no request, and nobody can guess it
EXTENSION = "marketplace_visitors"
Edition = Callable[[], str | None]
View = Callable[..., ResponseReturnValue]
Key = tuple[str, ...]


class DrawnPages:
    """The pages used last. Each is cut where the id of the request belongs."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Key, list[str]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key) -> str | None:
        """A page for this request, or None."""
        with self._lock:
            pieces = self._pages.get(key)
            if pieces is None:
                return None
            self._pages.move_to_end(key)
        return request_id().join(pieces)

    def keep(self, key: Key, page: str) -> str:
        """Keep a page drawn with PLACE_OF_REQUEST_ID in it; gives it as this request sees it."""
        pieces = page.split(PLACE_OF_REQUEST_ID)
        if len(page) <= LARGEST_PAGE:
            with self._lock:
                self._pages[key] = pieces
                while len(self._pages) > MOST_PAGES:
                    self._pages.popitem(last=False)
        return request_id().join(pieces)


def alike_for_visitors(edition: Edition) -> Callable[[View], View]:
    """Draw a public page once per edition, address, language and day. None: draw it each time."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: object, **kwargs: object) -> ResponseReturnValue:
            if find_actor() is not None or "_flashes" in cookie:
                return view(*args, **kwargs)
            current = edition()
            if current is None:
                return view(*args, **kwargs)
            where = (request.path, request.query_string.decode("latin-1"))
            key = (*where, i18n.language(), clock.today().isoformat(), current)
            drawn: DrawnPages = current_app.extensions.setdefault(EXTENSION, DrawnPages())
            return drawn.find(key) or _draw(drawn, key, lambda: view(*args, **kwargs))

        return answer

    return decorate


def shown_request_id() -> str:
    """What a template writes where the id of the request belongs."""
    return PLACE_OF_REQUEST_ID if g.get("draws_for_all_visitors") else request_id()


def _draw(
    drawn: DrawnPages, key: Key, view: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue:
    g.draws_for_all_visitors = True
    try:
        page = view()
    finally:
        g.draws_for_all_visitors = False
    return drawn.keep(key, page) if isinstance(page, str) else page
