import pytest

from tests.factories.market import actor_of


def test_the_bureau_sees_what_was_cut_off(client_as, product):
    page = client_as(actor_of("bureau_officer")).get(f"/extracts/{product.id}").text

    for words in (
        "可查询",
        "读入行数",
        "400",
        "没有写明单元、已舍去",
        "不在公开取值里",
        "超过一成的行",
    ):
        assert words in page


@pytest.mark.parametrize("role", ["analyst", "operator", "regulator"])
def test_exact_figures_about_the_data_are_for_the_bureau_only(client_as, product, role):
    assert client_as(actor_of(role)).get(f"/extracts/{product.id}").status_code == 403
