"""What a rating says, what is answered, and what does everybody read?"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from market.demands.schemas import Sentence
from market.reviews.models import Rectification, Review
from market.reviews.rules import Item, RectificationState, product_score

Level = Annotated[int, Field(ge=1, le=5)]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReviewDraft(_Given):
    """A rating: the whole, five items, and words that everybody reads without a name."""

    level: Level
    match: Level
    quality: Level
    speed: Level
    support: Level
    price_clarity: Level
    words: Sentence


class WordsDraft(_Given):
    """What somebody says at one step."""

    words: Sentence


class VerifyDraft(_Given):
    """Whether the supplier found the rating to be founded, and how that was found out."""

    is_founded: bool
    words: Sentence


class RecheckDraft(_Given):
    """Whether the bureau is content, and why."""

    passes: bool
    words: Sentence


class ReviewOut(BaseModel):
    """What everybody reads. Nobody is named."""

    id: str
    product_id: str
    level: int
    items: dict[Item, int]
    words: str
    submitted_at: datetime
    addition: str
    added_at: datetime | None
    reply: str
    replied_at: datetime | None
    rectification: RectificationState | None

    @classmethod
    def of(cls, one: Review, work: Rectification | None) -> Self:
        own = {n: getattr(one, n) for n in cls.model_fields if n not in {"items", "rectification"}}
        items = {item: int(getattr(one, item.value)) for item in Item}
        return cls(**own, items=items, rectification=work.state if work else None)


class RectificationOut(BaseModel):
    """The steps of the work on a bad rating, for its parties and the bureau."""

    review_id: str
    state: RectificationState
    contact_due_on: date
    rectify_due_on: date
    contact_words: str
    is_founded: bool | None
    verify_words: str
    rectify_words: str
    recheck_words: str
    escalated_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, one: Rectification) -> Self:
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class CaseOut(BaseModel):
    """A rating with the work on it."""

    review: ReviewOut
    rectification: RectificationOut | None

    @classmethod
    def of(cls, review: Review, work: Rectification | None) -> Self:
        told = RectificationOut.of(work) if work else None
        return cls(review=ReviewOut.of(review, work), rectification=told)


class CasesOut(BaseModel):
    cases: list[CaseOut]


class RightOut(BaseModel):
    """An activated licence that its buyer has not rated yet."""

    licence_id: str
    product_id: str
    title: str
    opened_at: datetime


class RightsOut(BaseModel):
    rights: list[RightOut]


class ScoreOut(BaseModel):
    """A product's rating. score: the Bayesian mean; None before the first rating."""

    count: int
    score: Decimal | None
    by_level: dict[int, int]

    @classmethod
    def of(cls, by_level: dict[int, int]) -> Self:
        count = sum(by_level.values())
        total = sum(level * n for level, n in by_level.items())
        score = product_score(total, count) if count else None
        return cls(count=count, score=score, by_level=by_level)


class ProductReviewsOut(BaseModel):
    rating: ScoreOut
    reviews: list[ReviewOut]
