"""How notices about data are kept: each is given once."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base
from market.datasets.rules import DatasetId, DatasetVersionId
from market.watches.rules import Watched


class QualityNotice(Base):
    """Something out of the ordinary about one version. facts: figure, threshold, basis."""

    __tablename__ = "quality_notices"
    __table_args__ = ({"info": APPEND_ONLY},)

    version_id: Mapped[DatasetVersionId] = mapped_column(
        Text, ForeignKey("dataset_versions.id"), primary_key=True
    )
    watched: Mapped[Watched] = mapped_column(Text, primary_key=True)
    column: Mapped[str] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"), index=True)
    noticed_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
