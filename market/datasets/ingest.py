"""How does a delivered file become a version's Parquet file? In a worker only.

Three steps: the file becomes a table of raw text, every cell is held against its declared type,
and the typed table is written. A declared type is never loosened: one cell that does not fit
refuses the file, and the first places are listed.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from duckdb_engine import Dialect

from market.datasets import spreadsheets
from market.datasets.casting import Cell, cell_of
from market.datasets.encodings import HEAD_BYTES, Encoding, FileKind, decoded_head
from market.datasets.files import (
    LONGEST_FOUND,
    MOST_PLACES,
    FileFault,
    FileProblem,
    FileRefused,
    Place,
)
from market.datasets.rules import MOST_COLUMNS, ColumnSpec, header_difference

RAW = "raw"
NAMES_SHOWN = 20
NAME_SHOWN = 60
CHUNK = 8 * 1024 * 1024
BATCH_ROWS = 10_000
ROW_GROUP_ROWS = 122_880
RAGGED = ("MISSING COLUMNS", "TOO MANY COLUMNS")

# What the engine says of a file that is cut, mixed up or not what it claims to be.
BROKEN_FILES = (duckdb.IOException, duckdb.InvalidInputException)

RowsRead = Callable[[int], None]


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. encoding and delimiter matter for CSV only."""

    kind: FileKind
    encoding: Encoding = Encoding.UTF_8
    delimiter: str = ","


@dataclass(frozen=True)
class Workshop:
    """Where loading may work: a folder of its own, and how much of the machine it may use."""

    folder: Path
    memory_mb: int = 1024
    threads: int = 2


@dataclass(frozen=True)
class Loaded:
    """A version's file, ready to be kept."""

    parquet: Path
    rows: int


@dataclass(frozen=True)
class Dictionary:
    """The declared columns, and the texts that stand for "no value" in this data set."""

    columns: Sequence[ColumnSpec]
    missing_marks: Sequence[str] = ()


def load_file(
    source: Path,
    reading: Reading,
    dictionary: Dictionary,
    workshop: Workshop,
    on_progress: RowsRead = lambda _: None,
) -> Loaded:
    """Read a delivered file by its declared dictionary into Parquet.

    on_progress: called with the number of rows read so far.
    Raises: FileRefused.
    """
    try:
        return _loaded(source, reading, dictionary, workshop, on_progress)
    except BROKEN_FILES as error:
        raise FileRefused(FileProblem(FileFault.BROKEN)) from error
    except duckdb.OutOfMemoryException as error:
        raise FileRefused(FileProblem(FileFault.TOO_HEAVY)) from error


def _loaded(
    source: Path,
    reading: Reading,
    dictionary: Dictionary,
    workshop: Workshop,
    on_progress: RowsRead,
) -> Loaded:
    with _engine(workshop) as connection:
        header = _open_raw(connection, source, reading, workshop, on_progress)
        _check_header(header, dictionary.columns)
        rows = _count(connection)
        if rows == 0:
            raise FileRefused(FileProblem(FileFault.EMPTY))
        on_progress(rows)
        cells = _cells(connection, header, dictionary)
        _check_types(connection, cells)
        target = workshop.folder / "version.parquet"
        typed = sa.select(*[cell.value.label(cell.column.name) for cell in cells])
        _query(connection, typed.select_from(sa.table(RAW))).write_parquet(
            str(target), compression="zstd", row_group_size=ROW_GROUP_ROWS
        )
    return Loaded(target, rows)


@contextmanager
def _engine(workshop: Workshop) -> Iterator[Any]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{workshop.memory_mb}MB",
        "threads": workshop.threads,
        "temp_directory": str(workshop.folder),
        "preserve_insertion_order": True,
        # Column statistics of a Parquet file do not know "not a number": with them, isnan() is
        # folded to false and such values would pass for numbers.
        "disabled_optimizers": "statistics_propagation",
    }
    with duckdb.connect(config=config) as connection:
        yield connection


def _query(connection: Any, statement: sa.Select[Any]) -> Any:
    """Run a statement built from expressions: names and values are quoted by the dialect."""
    compiled = statement.compile(
        dialect=Dialect(paramstyle="qmark"), compile_kwargs={"literal_binds": True}
    )
    return connection.sql(str(compiled))


def _open_raw(
    connection: Any, source: Path, reading: Reading, workshop: Workshop, on_progress: RowsRead
) -> list[str]:
    """Make the view RAW (columns c0, c1 …) over the file; returns the header."""
    match reading.kind:
        case FileKind.CSV:
            header, staged = _stage_text(connection, source, reading, workshop, on_progress)
        case FileKind.XLSX:
            header, staged = _stage_workbook(source, workshop, on_progress)
        case FileKind.PARQUET:
            header, staged = _parquet_header(connection, source), source
    relation = connection.read_parquet(str(staged), file_row_number=True)
    relation.create_view("staged")
    names = [*header_aliases(len(header)), "row"]
    found = [name for name in relation.columns if name != "file_row_number"]
    renamed: list[Any] = [
        sa.column(old).label(new)
        for old, new in zip([*found, "file_row_number"], names, strict=True)
    ]
    _query(connection, sa.select(*renamed).select_from(sa.table("staged"))).create_view(RAW)
    return header


def header_aliases(count: int) -> list[str]:
    """Names inside the engine, so that no name of the data is ever part of a statement's form."""
    return [f"c{position}" for position in range(count)]


def _stage_text(
    connection: Any, source: Path, reading: Reading, workshop: Workshop, on_progress: RowsRead
) -> tuple[list[str], Path]:
    header = _text_header(source, reading)
    _check_width(len(header))
    text = _as_utf_8(source, reading.encoding, workshop.folder / "text.csv", on_progress)
    staged = workshop.folder / "staged.parquet"
    rows = connection.read_csv(
        str(text),
        header=True,
        auto_detect=False,
        columns=dict.fromkeys(header_aliases(len(header)), "VARCHAR"),
        delimiter=reading.delimiter,
        quotechar='"',
        escapechar='"',
        strict_mode=True,
        store_rejects=True,
        rejects_limit=10 * MOST_PLACES,
    )
    rows.write_parquet(str(staged), compression="zstd")
    _check_rejected_lines(connection, len(header))
    return header, staged


def _text_header(source: Path, reading: Reading) -> list[str]:
    with source.open("rb") as file:
        head, _ = decoded_head(file.read(HEAD_BYTES), reading.encoding)
    rows = csv.reader(io.StringIO(head, newline=""), delimiter=reading.delimiter)
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise FileRefused(FileProblem(FileFault.EMPTY))
    return header


def _as_utf_8(source: Path, encoding: Encoding, target: Path, on_progress: RowsRead) -> Path:
    """The file as UTF-8 with one kind of line end; every byte must fit the encoding."""
    decoder = codecs.getincrementaldecoder(encoding.value)("strict")
    newline = io.IncrementalNewlineDecoder(None, translate=True)
    lines, mark = 0, "\ufeff"
    with source.open("rb") as file, target.open("w", encoding="utf-8", newline="") as sink:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            text = newline.decode(_decoded(decoder, chunk, lines, encoding))
            sink.write(text.removeprefix(mark))
            mark = ""
            lines += text.count("\n")
            on_progress(lines)
        sink.write(newline.decode(_decoded(decoder, b"", lines, encoding), final=True))
    return target


def _decoded(
    decoder: codecs.IncrementalDecoder, chunk: bytes, lines_before: int, encoding: Encoding
) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        line = lines_before + error.object[: error.start].count(b"\n") + 1
        facts = {"line": line, "encoding": encoding}
        raise FileRefused(FileProblem(FileFault.WRONG_ENCODING, facts)) from error


def _check_rejected_lines(connection: Any, expected: int) -> None:
    """Refuse a text file of which some lines could not be split into the header's columns."""
    rejected = connection.sql(
        "SELECT line, error_type FROM reject_errors ORDER BY line, column_idx"
    ).fetchall()
    if not rejected:
        return
    kinds = dict(reversed(rejected))  # one entry a line, the first
    places = tuple(Place(line, "", "") for line in sorted(kinds)[:MOST_PLACES])
    is_ragged = kinds[places[0].row] in RAGGED
    fault = FileFault.RAGGED_ROWS if is_ragged else FileFault.BROKEN_QUOTES
    raise FileRefused(FileProblem(fault, {"count": len(kinds), "expected": expected}, places))


def _stage_workbook(
    source: Path, workshop: Workshop, on_progress: RowsRead
) -> tuple[list[str], Path]:
    spreadsheets.check_workbook(source)
    rows = spreadsheets.sheet_rows(source)
    header = [(name or "").strip() for name in next(rows, [])]
    if not any(header):
        raise FileRefused(FileProblem(FileFault.EMPTY))
    _check_width(len(header))
    staged = workshop.folder / "staged.parquet"
    schema = pa.schema([(alias, pa.string()) for alias in header_aliases(len(header))])
    written = 0
    with pq.ParquetWriter(staged, schema) as writer:
        for batch in _batches(rows):
            columns = [pa.array(column, pa.string()) for column in zip(*batch, strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            written += len(batch)
            on_progress(written)
    return header, staged


def _batches(rows: Iterator[list[str | None]]) -> Iterator[list[list[str | None]]]:
    batch: list[list[str | None]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _parquet_header(connection: Any, source: Path) -> list[str]:
    header = [str(name) for name in connection.read_parquet(str(source)).columns]
    _check_width(len(header))
    return header


def _check_width(found: int) -> None:
    if found > MOST_COLUMNS:
        facts = {"found": found, "most": MOST_COLUMNS}
        raise FileRefused(FileProblem(FileFault.TOO_MANY_COLUMNS, facts))


def _few(names: Sequence[str]) -> tuple[str, ...]:
    """The first names, none of them endless, and how many more there are."""
    shown = [f"{name[:NAME_SHOWN]}…" if len(name) > NAME_SHOWN else name for name in names]
    more = len(shown) - NAMES_SHOWN
    return (*shown[:NAMES_SHOWN], f"… (+{more})") if more > 0 else tuple(shown)


def _check_header(header: Sequence[str], columns: Sequence[ColumnSpec]) -> None:
    difference = header_difference([column.name for column in columns], header)
    if difference is not None:
        facts = {
            "missing": _few(difference.missing),
            "unexpected": _few(difference.unexpected),
            "repeated": _few(difference.repeated),
        }
        raise FileRefused(FileProblem(FileFault.HEADER_MISMATCH, facts))


def _count(connection: Any) -> int:
    counted = sa.select(sa.func.count()).select_from(sa.table(RAW))
    return int(_query(connection, counted).fetchall()[0][0])


def _cells(connection: Any, header: Sequence[str], dictionary: Dictionary) -> list[Cell]:
    """One typed cell for each declared column, in the dictionary's order."""
    found = connection.table(RAW)
    types = dict(zip(found.columns, found.types, strict=True))
    aliases = dict(zip(header, header_aliases(len(header)), strict=True))
    return [
        cell_of(
            column, aliases[column.name], str(types[aliases[column.name]]), dictionary.missing_marks
        )
        for column in dictionary.columns
    ]


def _check_types(connection: Any, cells: Sequence[Cell]) -> None:
    """Refuse when a cell has text but no value of its declared type; name the first places."""
    counts = [sa.func.count_if(cell.is_wrong) for cell in cells]
    wrong = _query(connection, sa.select(*counts).select_from(sa.table(RAW))).fetchall()[0]
    if not any(wrong):
        return
    places: list[Place] = []
    for cell, count in zip(cells, wrong, strict=True):
        if count:
            places += _wrong_places(connection, cell)
    first = sorted(places, key=lambda place: place.row)[:MOST_PLACES]
    raise FileRefused(FileProblem(FileFault.WRONG_TYPES, {"count": sum(wrong)}, tuple(first)))


def _wrong_places(connection: Any, cell: Cell) -> list[Place]:
    """Where one column's values do not fit. Personal values are not repeated."""
    found = (
        sa.select(sa.column("row"), sa.func.left(cell.text, LONGEST_FOUND))
        .select_from(sa.table(RAW))
        .where(cell.is_wrong)
        .order_by(sa.column("row"))
        .limit(MOST_PLACES)
    )
    is_hidden = cell.column.sensitivity.is_personal
    return [
        Place(row + 1, cell.column.name, "" if is_hidden else text)
        for row, text in _query(connection, found).fetchall()
    ]
