"""When does the shop window change? Whenever something it shows has changed."""

from sqlalchemy.orm import Session

from kernel.relay import Fact, subscribe
from market.catalogue.events import (
    NoticeOpened,
    PriceChanged,
    ProductPublished,
    ProductResumed,
    ProductReturned,
    ProductSuspended,
    ProductWithdrawn,
    VerdictChanged,
)
from market.catalogue.reads import products_about
from market.datasets.events import ColumnReclassified, DictionaryCorrected, VersionArrived
from market.organizations.events import OrganizationVerified
from market.quality.events import QualityChecked
from market.reviews import reads as ratings
from market.reviews.events import (
    BuyerContacted,
    RectificationRechecked,
    ReviewAppended,
    ReviewRectified,
    ReviewReplied,
    ReviewSubmitted,
    ReviewVerified,
)
from market.storefront import actions, reads

ProductEvent = (
    NoticeOpened
    | PriceChanged
    | ProductPublished
    | ProductResumed
    | ProductReturned
    | ProductSuspended
    | ProductWithdrawn
)


@subscribe(
    NoticeOpened,
    PriceChanged,
    ProductPublished,
    ProductResumed,
    ProductReturned,
    ProductSuspended,
    ProductWithdrawn,
)
def follow_product(session: Session, event: ProductEvent, fact: Fact) -> None:
    """A product changed its state or price."""
    del fact
    actions.put_in_window(session, event.product_id)


@subscribe(ReviewAppended, ReviewReplied, ReviewSubmitted)
def follow_reviews(
    session: Session, event: ReviewAppended | ReviewReplied | ReviewSubmitted, fact: Fact
) -> None:
    """A buyer or the supplier said something: visitors' pages are drawn anew."""
    del fact
    actions.put_in_window(session, event.product_id)


@subscribe(BuyerContacted, RectificationRechecked, ReviewRectified, ReviewVerified)
def follow_rectification(
    session: Session,
    event: BuyerContacted | RectificationRechecked | ReviewRectified | ReviewVerified,
    fact: Fact,
) -> None:
    """The work on a bad rating, which its product's page shows, went on."""
    del fact
    actions.put_in_window(session, ratings.product_of(session, event.review_id))


@subscribe(ColumnReclassified, DictionaryCorrected, QualityChecked, VersionArrived)
def follow_dataset(
    session: Session,
    event: ColumnReclassified | DictionaryCorrected | QualityChecked | VersionArrived,
    fact: Fact,
) -> None:
    """A data set changed its dictionary, versions or quality."""
    del fact
    actions.put_all_in_window(session, reads.products_made_from(session, event.dataset_id))


@subscribe(OrganizationVerified)
def follow_operator(session: Session, event: OrganizationVerified, fact: Fact) -> None:
    """An operator was verified, or verified again; the end of it is read off the date."""
    del fact
    actions.put_all_in_window(session, reads.products_of(session, event.organization_id))


@subscribe(VerdictChanged)
def follow_verdict(session: Session, event: VerdictChanged, fact: Fact) -> None:
    """An authorisation, cap or other verdict changed."""
    del fact
    actions.put_all_in_window(session, products_about(session, event.kind, event.subject))
