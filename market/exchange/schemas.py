"""What may a program ask of the catalogue, and within which limits?"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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
