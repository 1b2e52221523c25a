"""How are data sets and deliveries described from outside, and shown?"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from kernel.i18n import N_
from market.datasets.classification import CATALOGUE_CODE, Classification
from market.datasets.encodings import DELIMITERS, Encoding, FileKind
from market.datasets.models import Column, Dataset, DatasetVersion
from market.datasets.rules import (
    MOST_COLUMNS,
    ColumnSpec,
    DataLevel,
    FormatKind,
    Openness,
    PersonalData,
    Sensitivity,
    SharingAttribute,
    TypeCode,
    UpdateCycle,
    VersionState,
    read_bound,
)

Short = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=4000)]
Mark = Annotated[str, Field(min_length=1, max_length=20)]
Code = Annotated[str, Field(min_length=1, max_length=100)]


TAB = "tab"  # how a form and an address write the tab


def _known_delimiter(given: str) -> str:
    chosen = "\t" if given == TAB else given
    if chosen not in DELIMITERS:
        raise ValueError(N_("请从列出的选项中选择。"))
    return chosen


Delimiter = Annotated[str, AfterValidator(_known_delimiter)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnDraft(_Frozen):
    """One declared column. minimum, maximum: a number or a day, as text."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    type: TypeCode = TypeCode.TEXT
    unit: Short = ""
    description: Long = ""
    is_required: bool = False
    is_key: bool = False
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    codes: Annotated[tuple[Code, ...], Field(max_length=20_000)] = ()
    minimum: Short = ""
    maximum: Short = ""
    longest: Annotated[int, Field(gt=0)] | None = None
    format: FormatKind | None = None

    def spec(self) -> ColumnSpec:
        """Raises: ValueError when a bound is no value of the column's type."""
        return ColumnSpec(
            name=self.name,
            title=self.title,
            type=self.type,
            unit=self.unit,
            description=self.description,
            is_required=self.is_required,
            is_key=self.is_key,
            sensitivity=self.sensitivity,
            codes=self.codes,
            minimum=read_bound(self.type, self.minimum),
            maximum=read_bound(self.type, self.maximum),
            longest=self.longest,
            format=self.format,
        )


class _DatasetFacts(_Frozen):
    """What is declared of a data set besides its columns. provider_id: empty for the keeper."""

    title: Annotated[str, Field(min_length=2, max_length=120)]
    abstract: Annotated[str, Field(min_length=1, max_length=4000)]
    code: Short = ""
    category: Short = ""
    region_code: Short = ""
    related_code: Short = ""
    provider_id: Short = ""
    level: DataLevel = DataLevel.GENERAL
    sub_level: int | None = None
    personal_data: PersonalData = PersonalData.NONE
    legal_basis: Long = ""
    sharing: SharingAttribute = SharingAttribute.UNCONDITIONAL
    sharing_condition: Long = ""
    sharing_basis: Long = ""
    openness: Openness = Openness.NONE
    openness_condition: Long = ""
    update_cycle: UpdateCycle = UpdateCycle.OTHER
    issued_on: date | None = None
    time_column: Short = ""
    protected_unit: Short = ""
    records_may_repeat: bool = False
    is_sample: bool = False
    sample_origin: Long = ""
    sample_licence: Short = ""

    @field_validator("code", "related_code")
    @classmethod
    def _is_catalogue_code(cls, given: str) -> str:
        if given and not CATALOGUE_CODE.fullmatch(given):
            raise ValueError(N_("目录代码须为：1 位类、2 位项、3 位目、细目，可加“/”和顺序号。"))
        return given

    @property
    def classification(self) -> Classification:
        return Classification(
            level=self.level,
            sub_level=self.sub_level,
            personal_data=self.personal_data,
            legal_basis=self.legal_basis,
            sharing=self.sharing,
            sharing_condition=self.sharing_condition,
            sharing_basis=self.sharing_basis,
            openness=self.openness,
            openness_condition=self.openness_condition,
        )


class DatasetDraft(_DatasetFacts):
    """A data set as its keeper declares it."""

    columns: Annotated[tuple[ColumnDraft, ...], Field(min_length=1, max_length=MOST_COLUMNS)]
    keywords: Annotated[tuple[Short, ...], Field(max_length=20)] = ()
    missing_marks: Annotated[tuple[Mark, ...], Field(max_length=20)] = ()


class DatasetForm(_DatasetFacts):
    """The same as a person fills it in: the dictionary as a pasted table, words apart by blanks."""

    dictionary: Annotated[str, Field(min_length=1, max_length=400_000)]
    keywords: Short = ""
    missing_marks: Short = ""

    def draft(self, columns: Sequence[ColumnDraft]) -> DatasetDraft:
        """With the columns that the dictionary's table says."""
        facts = self.model_dump(exclude={"dictionary", "keywords", "missing_marks"})
        return DatasetDraft(
            **facts,
            columns=tuple(columns),
            keywords=split_words(self.keywords),
            missing_marks=split_words(self.missing_marks),
        )


class _Correction(_Frozen):
    """Which columns are special, and why the dictionary was wrong."""

    time_column: Short = ""
    protected_unit: Short = ""
    reason: Annotated[str, Field(min_length=2, max_length=1000)]


class DictionaryCorrection(_Correction):
    """The whole dictionary as it should have been declared."""

    columns: Annotated[tuple[ColumnDraft, ...], Field(min_length=1, max_length=MOST_COLUMNS)]


class CorrectionForm(_Correction):
    """The same as a person fills it in."""

    dictionary: Annotated[str, Field(min_length=1, max_length=400_000)]

    def correction(self, columns: Sequence[ColumnDraft]) -> DictionaryCorrection:
        """With the columns that the dictionary's table says."""
        return DictionaryCorrection(
            **self.model_dump(exclude={"dictionary"}), columns=tuple(columns)
        )


def split_words(text: str) -> tuple[str, ...]:
    """Words apart by blanks, commas or semicolons, Chinese or Latin."""
    for mark in "，、；;,|\n\t":
        text = text.replace(mark, " ")
    return tuple(text.split())


class DeliveryNote(_Frozen):
    """What comes with a file. Without an encoding a text file waits until somebody confirms one."""

    declared_rows: Annotated[int, Field(gt=0)] | None = None
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None


class DeliveryQuery(_Frozen):
    """How a machine describes the file in the body of its request."""

    name: Annotated[str, Field(max_length=200)] = "data"
    declared_rows: Annotated[int, Field(gt=0)] | None = None
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None

    def note(self) -> DeliveryNote:
        return DeliveryNote(
            declared_rows=self.declared_rows, encoding=self.encoding, delimiter=self.delimiter
        )


class ReadingQuery(_Frozen):
    """Under which reading the first rows are to be shown; what is not said is guessed."""

    encoding: Encoding | None = None
    delimiter: Delimiter | None = None


class DatasetFilter(_Frozen):
    """Which data sets are wanted."""

    words: Short = ""
    only_ours: bool = False
    cursor: Short = ""


class ReadingChoice(_Frozen):
    """How a delivered text file is to be read, confirmed by a person."""

    encoding: Encoding
    delimiter: Delimiter = ","


class Reclassification(_Frozen):
    """A new sensitivity for one column, with the reason."""

    sensitivity: Sensitivity
    reason: Annotated[str, Field(min_length=2, max_length=1000)]


class ColumnOut(_Frozen):
    """One column as everybody sees it; also how a version keeps its dictionary."""

    name: str
    title: str
    type: TypeCode
    unit: str
    description: str
    is_required: bool
    is_key: bool
    sensitivity: Sensitivity
    codes: tuple[str, ...]
    minimum: str
    maximum: str
    longest: int | None
    format: FormatKind | None

    @classmethod
    def of(cls, column: Column) -> "ColumnOut":
        return cls.model_validate({name: getattr(column, name) for name in cls.model_fields})

    def spec(self) -> ColumnSpec:
        return ColumnDraft.model_validate(self.model_dump()).spec()


class DatasetOut(_Frozen):
    """A data set as everybody sees it."""

    id: str
    title: str
    abstract: str
    code: str
    organization_id: str
    provider_id: str
    keywords: tuple[str, ...]
    level: DataLevel
    sub_level: int | None
    personal_data: PersonalData
    sharing: SharingAttribute
    openness: Openness
    update_cycle: UpdateCycle
    issued_on: date | None
    protected_unit: str
    is_sample: bool
    sample_origin: str
    sample_licence: str
    registered_at: datetime
    columns: tuple[ColumnOut, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> "DatasetOut":
        values = {n: getattr(dataset, n) for n in cls.model_fields if n != "columns"}
        return cls(**values, columns=tuple(ColumnOut.of(column) for column in dataset.columns))


class DatasetList(_Frozen):
    """One page of data sets."""

    items: tuple[DatasetOut, ...]
    next_cursor: str


class PlaceOut(_Frozen):
    """Where a fault stands in a delivered file."""

    row: int
    column: str
    found: str


class ProblemReport(_Frozen):
    """Why a delivered file was refused."""

    fault: str
    detail: str
    places: tuple[PlaceOut, ...]


class VersionOut(_Frozen):
    """A version and what became of it. report: only for the body that delivers."""

    id: str
    dataset_id: str
    number: int
    state: VersionState
    kind: FileKind
    encoding: Encoding | None
    is_encoding_sure: bool
    delimiter: str
    source_name: str
    source_bytes: int
    source_sha256: str
    declared_rows: int | None
    rows_read: int
    rows: int | None
    parquet_sha256: str | None
    delivered_at: datetime
    ended_at: datetime | None
    report: ProblemReport | None = None

    @classmethod
    def of(cls, version: DatasetVersion, report: ProblemReport | None = None) -> "VersionOut":
        values = {n: getattr(version, n) for n in cls.model_fields if n != "report"}
        return cls(**values, report=report)


class VersionList(_Frozen):
    """All versions of one data set, newest first."""

    items: tuple[VersionOut, ...]


class PreviewOut(_Frozen):
    """The first rows of a text file under one reading. has_damage: bytes that do not fit."""

    encoding: Encoding
    is_encoding_sure: bool
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    has_damage: bool


def kept_dictionary(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The declared columns as a version keeps them."""
    return [ColumnOut.of(column).model_dump(mode="json") for column in columns]


def specs_of(dictionary: Sequence[dict[str, Any]]) -> tuple[ColumnSpec, ...]:
    """The columns that a version was loaded by."""
    return tuple(ColumnOut.model_validate(column).spec() for column in dictionary)
