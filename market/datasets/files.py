"""What is wrong with a delivered file, where, and what should be done about it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kernel.i18n import N_, Labelled

MOST_PLACES = 100
LONGEST_FOUND = 40


class FileFault(Labelled):
    """Why a file cannot become a version."""

    EMPTY = "empty", N_("没有数据行")
    WRONG_ENCODING = "wrong_encoding", N_("编码不符")
    RAGGED_ROWS = "ragged_rows", N_("列数参差")
    BROKEN_QUOTES = "broken_quotes", N_("引号未配对")
    HEADER_MISMATCH = "header_mismatch", N_("表头与字典不一致")
    TOO_MANY_COLUMNS = "too_many_columns", N_("列数过多")
    WRONG_TYPES = "wrong_types", N_("值与类型不符")
    ZIP_BOMB = "zip_bomb", N_("解压后过大")
    SHEET_TOO_LARGE = "sheet_too_large", N_("工作表过大")
    FORMULAS = "formulas", N_("含公式单元格")
    MANY_SHEETS = "many_sheets", N_("多张工作表")
    TOO_HEAVY = "too_heavy", N_("内存不足")
    BROKEN = "broken", N_("文件损坏")
    GIVEN_UP = "given_up", N_("装载没有完成")


# What a person is told, and what to do next.
MESSAGES: Mapping[FileFault, str] = {
    FileFault.EMPTY: N_("文件里没有数据行。请检查导出结果后重新交付。"),
    FileFault.WRONG_ENCODING: N_(
        "第 {line} 行不能按 {encoding} 读。请改选编码，或另存为 UTF-8 后重新交付。"
    ),
    FileFault.RAGGED_ROWS: N_(
        "有 {count} 行的列数与表头（{expected} 列）不同，见下列位置。请检查分隔符和引号。"
    ),
    FileFault.BROKEN_QUOTES: N_(
        "有 {count} 行不能拆成字段（引号未配对或行过长），见下列位置。请更正后重新交付。"
    ),
    FileFault.HEADER_MISMATCH: N_(
        "表头与数据字典不一致。缺少：{missing}；多出：{unexpected}；重复：{repeated}。"
        "请修改文件的表头后重新交付；字典写错的，请数据局经办人在数据集页“更正字典”；已有入库版本而结构不同的，请另行登记。"
    ),
    FileFault.TOO_MANY_COLUMNS: N_("文件有 {found} 列，最多 {most} 列。请按主题拆分成几个数据集。"),
    FileFault.WRONG_TYPES: N_(
        "有 {count} 个值与字典声明的类型不符，见下列位置。"
        "请更正后重新交付；字典写错的，请数据局经办人在数据集页“更正字典”；已有入库版本而结构不同的，请另行登记。"
    ),
    FileFault.ZIP_BOMB: N_("工作簿解压后超过 {limit} 字节，未打开。请改用 CSV 或 Parquet 交付。"),
    FileFault.SHEET_TOO_LARGE: N_(
        "工作表超过 {most} 个单元格（含空白区域）。请改用 CSV 或 Parquet 交付。"
    ),
    FileFault.FORMULAS: N_("单元格 {cells} 是公式。请把公式粘贴为数值后重新交付。"),
    FileFault.MANY_SHEETS: N_("工作簿有多张有数据的工作表：{sheets}。请只保留要交付的一张。"),
    FileFault.TOO_HEAVY: N_("装载这份文件需要的内存超过本机限额。请按时间或地区拆分后分批交付。"),
    FileFault.GIVEN_UP: N_(
        "系统多次尝试装载都没有成功，这不是您的错。请联系管理员查看记录，或稍后重新交付。"
    ),
    FileFault.BROKEN: N_("文件已损坏或不完整，打不开。请重新导出并交付。"),
}


@dataclass(frozen=True)
class Place:
    """Where a fault stands. row: number of the record, the header not counted; found: the text."""

    row: int
    column: str
    found: str


@dataclass(frozen=True)
class FileProblem:
    """One fault with its facts and at most the first hundred places."""

    fault: FileFault
    facts: Mapping[str, object] = field(default_factory=dict)
    places: tuple[Place, ...] = ()


class FileRefused(Exception):
    """Loading stops: the file cannot become a version."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.fault.value)
        self.problem = problem
