"""Why can a question not be asked, where in the text does it say so, and what to write instead?"""

from dataclasses import dataclass
from typing import Self

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from sandbox.plans.syntax import Span


class Reason(Labelled):
    """Every refusal of the private language: code, why, and what to write instead.

    None of them depends on a row of data, and none repeats what the person wrote.
    """

    instead: str

    def __new__(cls, value: str, label: str = "", instead: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.instead = instead
        return member

    EMPTY = "empty", N_("没有写查询。"), N_("例如：SELECT COUNT(*) FROM 表名")
    TOO_LONG = "too-long", N_("查询过长。"), N_("请缩短到 4,000 字以内。")
    TOO_MANY_PARTS = "too-many-parts", N_("查询的成分过多。"), N_("请拆成几个较短的查询。")
    TOO_DEEP = "too-deep", N_("括号和 NOT 嵌套过深。"), N_("请展开成不超过 30 层的条件。")
    CONTROL = (
        "control-character",
        N_("文本里有看不见的控制字符。"),
        N_("请删去后重新输入，不要从别处粘贴。"),
    )
    LOOK_ALIKE = (
        "look-alike",
        N_("这里的字符不是 SQL 的字符（例如全角标点，或形似字母的字符）。"),
        N_("请换成半角标点和普通字母；中文只用于列名、别名和引号内的文字。"),
    )
    UNFINISHED = "unfinished", N_("引号没有成对。"), N_("文字写在一对半角单引号内。")
    COMMENT = "comment", N_("不接受注释。"), N_("请删去注释。")
    UNREADABLE = (
        "unreadable",
        N_("这里读不懂。"),
        N_("请按“SELECT 列, COUNT(*) FROM 表 WHERE 条件 GROUP BY 列”的样子书写。"),
    )
    SEVERAL = "several-statements", N_("一次只能执行一个查询。"), N_("请分开提交。")
    NOT_SELECT = "not-select", N_("只能用 SELECT 提问。"), N_("请以 SELECT 开头。")
    NAME_QUOTING = (
        "keyword",
        N_("这个词是 SQL 的保留字，这里不接受。"),
        N_("如果它是列名，请加半角双引号。"),
    )
    UNSUPPORTED = (
        "unsupported",
        N_("沙箱不支持这种写法。"),
        N_("可用：COUNT、SUM、AVG、WHERE、GROUP BY、ORDER BY、LIMIT。"),
    )
    STAR = (
        "star",
        N_("不能取出原始行：数据可用不可见，只能取得加噪的统计结果。"),
        N_("请改问统计量，例如 SELECT COUNT(*) FROM 表名，或 SUM(列)、AVG(列)。"),
    )
    FUNCTION = "function", N_("不支持这个函数。"), N_("只可用 COUNT、SUM 和 AVG。")
    EXTREME = (
        "extreme",
        N_("最大值、最小值和分位数会暴露个别单元的数值，目前不支持。"),
        N_("请改用 AVG(列)，或用 COUNT(*) 配合 WHERE 条件数出超过某值的行。"),
    )
    ARITHMETIC = "arithmetic", N_("不支持算式。"), N_("请先取得统计结果，再自行计算。")
    QUALIFIED = "qualified", N_("不需要在列名前写表名。"), N_("请只写列名。")
    PARAMETER = "parameter", N_("不支持参数和变量。"), N_("请直接写出数值。")
    CAST = "cast", N_("不支持类型转换。"), N_("日期写成 DATE '2024-01-31'，其余按列的类型书写。")
    JOIN = "join", N_("一次只能查询一个产品。"), N_("请对每个产品分别提问。")
    SUBQUERY = "subquery", N_("不支持子查询。"), N_("请把条件直接写在 WHERE 里。")
    SET_OPERATION = "set-operation", N_("不支持合并多个查询。"), N_("请分开提交。")
    WITH = "with", N_("不支持 WITH。"), N_("请写成一个 SELECT。")
    WINDOW = "window", N_("不支持窗口函数。"), N_("请改用 GROUP BY。")
    HAVING = "having", N_("不支持 HAVING。"), N_("请取得全部分组的结果后再挑选。")
    CASE = "case", N_("不支持 CASE。"), N_("请对每种情形用 WHERE 分别提问。")
    FILTER = "filter", N_("不支持 FILTER。"), N_("请把条件写在 WHERE 里。")
    OFFSET = "offset", N_("不支持 OFFSET。"), N_("请用 ORDER BY 和 LIMIT。")
    LIKE_ONLY = (
        "like-only",
        N_("只支持 LIKE 匹配。"),
        N_("请用 LIKE，% 代表任意文字，_ 代表一个字。"),
    )
    DISTINCT = (
        "distinct",
        N_("DISTINCT 只能用于数保护单元。"),
        N_("请用 GROUP BY 分组，或 COUNT(DISTINCT 保护单元)。"),
    )
    GROUPING = "grouping", N_("GROUP BY 后只能写列名。"), N_("请逐个写出列名。")
    TABLE_ALIAS = "table-alias", N_("表名不能另取别名。"), N_("请去掉表的别名。")
    UNKNOWN_TABLE = "unknown-table", N_("没有这个表。"), N_("请用左侧所列的表名。")
    UNKNOWN_COLUMN = "unknown-column", N_("没有这一列。"), N_("请用左侧所列的列名。")
    FORBIDDEN = (
        "forbidden-column",
        N_("这一列不可使用。"),
        N_("请改用左侧标明可分组、可求和或可筛选的列。"),
    )
    NOT_GROUPABLE = (
        "not-groupable",
        N_("这一列没有公开的取值清单，不能用来分组。"),
        N_("请改用标明“可分组”的列。"),
    )
    NOT_SUMMABLE = (
        "not-summable",
        N_("这一列没有声明上下限，不能求和或求平均。"),
        N_("请改用标明“可求和”的列。"),
    )
    NOT_FILTERABLE = (
        "not-filterable",
        N_("这一列不能用作条件。"),
        N_("请改用标明“可筛选”或“可分组”的列。"),
    )
    NOT_COUNTED_UNIT = (
        "not-counted-unit",
        N_("COUNT(DISTINCT …) 只能用于保护单元所在的列。"),
        N_("请改用 COUNT(*)，或对保护单元计数。"),
    )
    NO_AGGREGATE = (
        "no-aggregate",
        N_("没有要统计的量。"),
        N_("请在 SELECT 里写上 COUNT(*)、SUM(列) 或 AVG(列)。"),
    )
    NOT_GROUPED = (
        "not-grouped",
        N_("不能单独取出一列的值。"),
        N_("请把这一列写进 GROUP BY，或放进 COUNT、SUM、AVG。"),
    )
    AGGREGATE_IN_WHERE = (
        "aggregate-in-where",
        N_("WHERE 里不能写统计量。"),
        N_("请取得结果后再挑选。"),
    )
    COLUMN_PAIR = "column-pair", N_("只能把列与给定的值比较。"), N_("请写成 列 = 值。")
    NULL_COMPARISON = "null-comparison", N_("空值不能比较。"), N_("请写 IS NULL 或 IS NOT NULL。")
    WRONG_KIND = (
        "wrong-kind",
        N_("值的类型与列不符。"),
        N_("文字加单引号，数字不加引号，是否写 TRUE 或 FALSE。"),
    )
    WHOLE_NUMBER = (
        "whole-number",
        N_("这一列是整数。"),
        N_("请写不带小数的数，且在 ±9×10^18 之内。"),
    )
    BAD_NUMBER = "bad-number", N_("数写得不对。"), N_("请用不超过 18 位整数、9 位小数的十进制数。")
    BAD_DATE = (
        "bad-date",
        N_("日期写得不对。"),
        N_("请写成 DATE '2024-01-31' 或 '2024-01-31 08:00:00'。"),
    )
    LONG_TEXT = "long-text", N_("引号内的文字过长。"), N_("请缩短到 200 字以内。")
    MANY_VALUES = "many-values", N_("IN 后面的值过多。"), N_("请减少到 200 个以内。")
    NOT_TEXT = "not-text", N_("LIKE 只能用于文本列。"), N_("请改用 =、<、> 或 BETWEEN。")
    NOT_TRUTH = "not-truth", N_("这一列不是“是否”列，不能单独作条件。"), N_("请写成 列 = 值。")
    LABEL_TWICE = "label-twice", N_("两列结果同名。"), N_("请用 AS 另取名字。")
    UNKNOWN_ORDER = (
        "unknown-order",
        N_("只能按结果中的列排序。"),
        N_("请写 SELECT 里出现的列名、别名或统计量。"),
    )
    ORDINAL = "ordinal", N_("不接受用序号指列。"), N_("请写出列名或别名。")
    BAD_LIMIT = "bad-limit", N_("LIMIT 后须为 1 到 10,000 的整数。"), N_("例如 LIMIT 10。")
    IMPOSSIBLE = (
        "impossible",
        N_("条件里的取值不在这一列的公开清单里，没有任何行能满足。"),
        N_("请从左侧的取值清单里选择。"),
    )
    MANY_GROUPS = (
        "many-groups",
        N_("分组过多：各分组列取值数相乘超过 10,000。"),
        N_("请减少分组列，或用 WHERE 限定取值。"),
    )


@dataclass(eq=False)
class QuestionRefused(Invalid):
    """The text is not a question of the private language under this policy."""

    code = "question-refused"
    message = N_("这个查询不能执行：{reason}{instead}")
    clause = "SB-05"

    reason: Reason
    start: int
    end: int

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "instead": self.reason.instead}


def refuse(reason: Reason, span: Span) -> QuestionRefused:
    """The refusal of one place in the text."""
    return QuestionRefused(reason, span.start, span.end)
