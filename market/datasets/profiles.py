"""What does a version look like, column by column? From a sample, by pandas, in a worker only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from market.datasets.rules import ColumnProfile, ColumnSpec

SAMPLE_ROWS = 10_000


def profile_of(parquet: Path, columns: Sequence[ColumnSpec]) -> list[ColumnProfile]:
    """Every column of a version, from at most ten thousand rows drawn at random."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.read_parquet(str(parquet)).create_view("version")
        drawn: Any = connection.sql(f"FROM version USING SAMPLE {SAMPLE_ROWS} ROWS")
        sample: pd.DataFrame = drawn.df()
    return [_profile(sample[column.name], column) for column in columns]


def _profile(values: "pd.Series[Any]", column: ColumnSpec) -> ColumnProfile:
    present = values.dropna()
    has_range = not column.sensitivity.is_personal and not present.empty
    is_ordered = has_range and (column.type.is_number or column.type.is_time)
    return ColumnProfile(
        name=column.name,
        sampled=len(values),
        filled=len(present),
        distinct=int(present.nunique()),
        smallest=_text(present.min()) if is_ordered else "",
        largest=_text(present.max()) if is_ordered else "",
        mean=_text(present.astype(float).mean()) if is_ordered and column.type.is_number else "",
    )


def _text(value: object) -> str:
    """A value as people write it: days without a time, numbers to six digits."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value).removesuffix(" 00:00:00")
