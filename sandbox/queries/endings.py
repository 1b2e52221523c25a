"""Which fixed words say why a query ended without an answer?"""

from kernel.i18n import N_, Labelled


class Ending(Labelled):
    """Why a query has no answer. Fixed words: an engine's own text may hold data."""

    TIME = "time", N_("计算超过时限，已终止。请缩小范围后再问。")
    MEMORY = "memory", N_("计算超过内存上限，已终止。请减少分组后再问。")
    DIED = "died", N_("计算进程意外终止。请稍后再问。")
    ROWS = "rows", N_("结果行数超过上限，已丢弃。")
    MALFORMED = "malformed", N_("结果的形状与计划不符，已丢弃。这是系统的错误，请告诉管理员。")
    ENGINE = "engine", N_("引擎未能完成计算。这是系统的错误，请告诉管理员。")
    START = "start", N_("计算进程未能启动，没有读取任何数据。请稍后再问。")
    WALLS = "walls", N_("隔离未能建立，没有读取任何数据。请告诉管理员。")
    LICENCE = "licence", N_("许可合同在计算期间失效，答案没有放行。")
    ABANDONED = "abandoned", N_("长时间没有完成，已终止。请再问一次。")

    @classmethod
    def of(cls, word: str) -> "Ending":
        """The ending behind a runner's word; one it does not know is a dead process."""
        return cls(word) if word in set(cls) else cls.DIED
