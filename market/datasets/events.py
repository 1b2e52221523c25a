"""What happened to the data that there is? Words of choices are Chinese texts, said translated."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class DatasetRegistered(Event):
    """A data set stands in the catalogue of resources, with its declared dictionary."""

    name = "market.dataset_registered"
    sentence = N_("登记数据集《{title}》，级别 {level}，{columns} 个字段")

    dataset_id: str
    title: str
    level: str
    columns: int


@dataclass(frozen=True)
class VersionDelivered(Event):
    """A file was handed in; whether it can be read is not known yet."""

    name = "market.version_delivered"
    sentence = N_("《{title}》收到第 {number} 版交付文件（SHA-256 {source_sha256}）")

    version_id: str
    dataset_id: str
    title: str
    number: int
    source_sha256: str


@dataclass(frozen=True)
class VersionArrived(Event):
    """A version was loaded by its declared types and stands unchangeable."""

    name = "market.version_arrived"
    sentence = N_("《{title}》第 {number} 版入库，{rows} 条记录（SHA-256 {parquet_sha256}）")

    version_id: str
    dataset_id: str
    title: str
    number: int
    rows: int
    parquet_sha256: str


@dataclass(frozen=True)
class VersionRefused(Event):
    """A delivered file could not become a version; the file is kept with the report."""

    name = "market.version_refused"
    sentence = N_("《{title}》第 {number} 版交付文件被退回：{fault}")

    version_id: str
    dataset_id: str
    title: str
    number: int
    fault: str


@dataclass(frozen=True)
class ColumnReclassified(Event):
    """The sensitivity of a column was changed, with a reason."""

    name = "market.column_reclassified"
    sentence = N_("《{title}》字段 {column} 的敏感程度由 {before} 改为 {after}：{reason}")

    dataset_id: str
    title: str
    column: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class DictionaryCorrected(Event):
    """A declared dictionary was put right, with a reason. columns: names of those that changed."""

    name = "market.dictionary_corrected"
    sentence = N_("更正《{title}》的数据字典（{columns}）：{reason}")

    dataset_id: str
    title: str
    columns: str
    reason: str
