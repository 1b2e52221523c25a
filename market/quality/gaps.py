"""Why was an indicator not measured, and what would make it measured? Pure."""

from collections.abc import Mapping

from kernel.i18n import N_
from market.quality.rules import Indicator

# Said beside 未测量; each names what to declare or add.
GAPS: Mapping[Indicator, str] = {
    Indicator.DATA_STANDARD: N_(
        "没有字段声明国家标准代码。在字典里给字段选格式，或在规则集里加标识规则。"
    ),
    Indicator.DATA_MODEL: N_("这一版没有字典可比。"),
    Indicator.METADATA: N_("这一版没有字典可查。"),
    Indicator.BUSINESS_RULE: N_("没有写业务规则。在规则集里加字段之间的规则，计入 0104。"),
    Indicator.REFERENCE_DATA: N_("没有字段声明代码表。在字典里填代码表，或在规则集里加列表规则。"),
    Indicator.SECURITY_RULE: N_("没有需要检查的文本字段：都已声明为个人信息，或不是文本。"),
    Indicator.ELEMENT_COMPLETENESS: N_("没有字段声明为必填。在字典里勾选必填，或加“不为空”规则。"),
    Indicator.RECORD_COMPLETENESS: N_("交付单没有写记录数。交付时填写，或加记录数规则。"),
    Indicator.CONTENT: N_("没有数值字段声明取值范围。在字典里填写，或加范围规则。"),
    Indicator.FORMAT: N_("没有字段声明长度或格式。在字典里填写，或加格式规则。"),
    Indicator.DUPLICATES: N_("已声明记录可以相同，不计重复。"),
    Indicator.UNIQUENESS: N_("没有声明主键。在字典里勾选主键，或加“不重复”规则。"),
    Indicator.DIRTY_DATA: N_("没有文本字段。"),
    Indicator.SAME_DATA: N_("没有两处相同的数据可比。把两处的字段放进同一个数据集，加“相等”规则。"),
    Indicator.RELATED_DATA: N_("没有声明字段之间的对应关系。在规则集里加“配对正确”规则。"),
    Indicator.TIME_SEGMENT: N_("没有日期字段声明取值范围。在字典里填写起止日期。"),
    Indicator.TIME_POINT: N_("没有声明时间字段，或没有承诺更新周期。"),
    Indicator.SEQUENCE: N_("没有声明时间先后。在规则集里加“字段甲大于字段乙”规则，计入 0503。"),
    Indicator.ACCESSIBLE: N_("这次检查没有试取文件。下次检查会补上。"),
    Indicator.USABLE: N_("这次检查没有核对文件。下次检查会补上。"),
}
EMPTY = N_("相关的字段里没有一个值。")
