"""How are changes of the catalogue told to feed readers, as Atom and as JSON Feed? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from kernel.i18n import N_, Labelled, say
from market.catalogue.events import (
    PriceChanged,
    ProductPublished,
    ProductResumed,
    ProductSuspended,
    ProductWithdrawn,
)
from market.datasets.events import VersionArrived
from market.exchange.graph import xml_text
from market.exchange.rules import MOST_CHANGES, Addresses

TITLE = N_("公共数据市场：产品变更")


class ChangeKind(Labelled):
    """What became of a product, as the public sees it."""

    PUBLISHED = "published", N_("产品《{title}》上架")
    RESUMED = "resumed", N_("产品《{title}》恢复在售")
    PRICE = "price_changed", N_("产品《{title}》调整了价格")
    DATA = "data_arrived", N_("产品《{title}》的数据有了新版本")
    SUSPENDED = "suspended", N_("产品《{title}》暂停供给")
    WITHDRAWN = "withdrawn", N_("产品《{title}》下架")


KINDS: Mapping[str, ChangeKind] = {
    ProductPublished.name: ChangeKind.PUBLISHED,
    ProductResumed.name: ChangeKind.RESUMED,
    PriceChanged.name: ChangeKind.PRICE,
    VersionArrived.name: ChangeKind.DATA,
    ProductSuspended.name: ChangeKind.SUSPENDED,
    ProductWithdrawn.name: ChangeKind.WITHDRAWN,
}


@dataclass(frozen=True)
class Change:
    """One entry. number: of the fact behind it in the record that the transparency log proves."""

    number: int
    kind: ChangeKind
    product_id: str
    title: str
    occurred_at: datetime

    @property
    def sentence(self) -> str:
        """In the reader's language."""
        return say(self.kind.label, title=self.title)

    def address(self, addresses: Addresses) -> str:
        """Never changes, never stands for another change."""
        return f"{addresses.product(self.product_id)}#change-{self.number}"


def earlier(changes: Sequence[Change], addresses: Addresses, notation: str) -> str:
    """Where the entries before these stand; "": there may be none."""
    if len(changes) < MOST_CHANGES:
        return ""
    return f"{addresses.changes(notation)}?before={changes[-1].number}"


def atom(changes: Sequence[Change], addresses: Addresses, now: datetime) -> str:
    """RFC 4287. Titles are texts: what looks like markup in them is shown, not obeyed."""
    here = addresses.changes("atom")
    newest = changes[0].occurred_at if changes else now
    following = earlier(changes, addresses, "atom")
    link = f"  <link rel={quoteattr('next')} href={quoteattr(following)}/>\n" if following else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"  <id>{xml_text(here)}</id>\n"
        f"  <title>{xml_text(say(TITLE))}</title>\n"
        f"  <updated>{_moment(newest)}</updated>\n"
        f"  <author><name>{xml_text(addresses.base)}</name></author>\n"
        f"  <link rel={quoteattr('self')} href={quoteattr(here)}/>\n"
        f"{link}{''.join(_entry(change, addresses) for change in changes)}</feed>\n"
    )


def _entry(change: Change, addresses: Addresses) -> str:
    return (
        "  <entry>\n"
        f"    <id>{xml_text(change.address(addresses))}</id>\n"
        f'    <title type="text">{xml_text(change.sentence)}</title>\n'
        f"    <updated>{_moment(change.occurred_at)}</updated>\n"
        f"    <category term={quoteattr(change.kind.value)}/>\n"
        f"    <link href={quoteattr(addresses.product(change.product_id))}/>\n"
        "  </entry>\n"
    )


def json_feed(changes: Sequence[Change], addresses: Addresses) -> dict[str, Any]:
    """JSON Feed 1.1."""
    following = earlier(changes, addresses, "json")
    said: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": say(TITLE),
        "home_page_url": addresses.catalogue,
        "feed_url": addresses.changes("json"),
        "items": [
            {
                "id": change.address(addresses),
                "url": addresses.product(change.product_id),
                "content_text": change.sentence,
                "date_published": _moment(change.occurred_at),
                "tags": [change.kind.value],
            }
            for change in changes
        ],
    }
    return said | ({"next_url": following} if following else {})


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
