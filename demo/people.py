"""Who lives in the demo city? The people who sign in with one click."""

from demo.identity import Person

PEOPLE = (
    Person("bureau-officer", "李芳", "li.fang@bureau.example", "数据局 · 经办"),
    Person("operator", "赵敏", "zhao.min@operator.example", "运营机构"),
    Person("analyst", "孙悦", "sun.yue@enterprise.example", "企业 · 分析"),
    Person("finance", "周强", "zhou.qiang@enterprise.example", "财务"),
    Person("regulator", "陈静", "chen.jing@watch.example", "监管"),
)
