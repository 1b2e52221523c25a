"""What may a program ask of the catalogue, and within which limits?"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kernel.i18n import translate
from market.exchange.score import Score, Side

MOST_PACKAGES = 100  # of one answer with whole packages
MOST_NAMES = 1000  # of one answer with names only
FARTHEST = 1_000_000  # how far an answer may begin from the first
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class _Question(BaseModel):
    """extra is forbidden: what is not understood is refused by name, never passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CatalogueQuestion(_Question):
    """Which page of the catalogue."""

    page: Annotated[int, Field(ge=1, le=100_000)] = 1


class ChangesQuestion(_Question):
    """Changes older than one; without it, the newest."""

    before: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None


class FixOut(_Question):
    """What to do, where, and how many points it adds."""

    side: str
    advice: str
    place: str
    gain: float


class ScoreOut(_Question):
    """How well a product is described: points of all, the share of each side, what to mend."""

    reached: float
    most: int
    sides: dict[str, float]
    fixes: list[FixOut]

    @classmethod
    def of(cls, score: Score) -> "ScoreOut":
        return cls(
            reached=round(float(score.reached), 1),
            most=score.most,
            sides={side.value: round(float(score.share_of(side)), 4) for side in Side},
            fixes=[
                FixOut(
                    side=fix.side.value,
                    advice=translate(fix.advice),
                    place=fix.place.value,
                    gain=round(float(fix.gain), 1),
                )
                for fix in score.fixes
            ],
        )


class Nothing(_Question):
    """An action that is asked nothing."""


class ListQuestion(_Question):
    """Names from one on."""

    limit: Annotated[int, Field(ge=1, le=MOST_NAMES)] = MOST_NAMES
    offset: Annotated[int, Field(ge=0, le=FARTHEST)] = 0


class ShowQuestion(_Question):
    """A package, by its id or name."""

    id: Identifier


class PackageQuestion(_Question):
    """A search in CKAN's words. fq and other orders are not understood, and refused."""

    q: Annotated[str, StringConstraints(max_length=100)] = ""
    rows: Annotated[int, Field(ge=0, le=MOST_PACKAGES)] = 10
    start: Annotated[int, Field(ge=0, le=FARTHEST)] = 0
    sort: Literal["", "score desc, metadata_modified desc"] = ""

    @property
    def is_for_all(self) -> bool:
        return self.q.strip() in {"", "*", "*:*"}


class ActionOut(BaseModel):
    """CKAN's envelope of an answer."""

    help: str
    success: bool
    result: Any


class ActionRefused(BaseModel):
    """CKAN's envelope of a refusal. error: __type, message, and a list of words for each field."""

    success: bool
    error: dict[str, Any]
