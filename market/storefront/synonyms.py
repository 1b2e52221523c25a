"""Which words mean the same to those who look for data?

Each line is one meaning; a question with one of its words also finds the others. Words of the
house's own choosing, from how departments, titles and buyers name the same thing.
"""

from functools import cache

MEANINGS = """
公交 公共汽车 巴士
地铁 轨道交通 城轨
航班 飞机 班机
餐饮 餐馆 餐厅 饭店
企业 公司 市场主体
工商 市场监管
天气 气象
居民 人口 常住人口
房产 不动产 房屋
车辆 机动车 汽车
医院 医疗机构 卫生机构
学校 教育机构 院校
社保 社会保险
医保 医疗保险
公积金 住房公积金
纳税 税务 税收
信用 征信
处罚 行政处罚
许可 行政许可 审批
招标 采购 招投标
补贴 补助
节假日 假日 放假
区划 行政区 政区
空气 大气
排污 污染源
快递 物流 寄递
旅游 文旅 景区
"""


@cache
def _others() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in MEANINGS.split("\n"):
        words = line.split()
        for word in words:
            found[word] = tuple(other for other in words if other != word)
    return found


def synonyms_of(word: str) -> tuple[str, ...]:
    """Other words of the same meaning, simplified characters; none for a word nobody listed."""
    return _others().get(word, ())
