"""What states does an extract have?"""

from kernel.i18n import N_, Labelled


class ExtractState(Labelled):
    """waiting -> ready | failed."""

    WAITING = "waiting", N_("准备中")
    READY = "ready", N_("可查询")
    FAILED = "failed", N_("未能生成")


COLUMNS_MISSING = N_("新版本缺少策略里的列：{columns}")
