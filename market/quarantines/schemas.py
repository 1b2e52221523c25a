"""How is a side file of failing records shown?"""

from pydantic import BaseModel, ConfigDict

from market.quarantines.models import Quarantine
from market.quarantines.rules import QuarantineState


class QuarantineOut(BaseModel):
    """The failing records of one check: how many, and the hash of their file; never a record."""

    model_config = ConfigDict(frozen=True)

    id: str
    run_id: str
    state: QuarantineState
    rows: int | None
    sha256: str | None

    @classmethod
    def of(cls, quarantine: Quarantine) -> "QuarantineOut":
        return cls(
            id=quarantine.id,
            run_id=quarantine.run_id,
            state=QuarantineState(quarantine.state),
            rows=quarantine.rows,
            sha256=quarantine.sha256,
        )
