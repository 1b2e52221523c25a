"""The metadata score: what it measures, and what it advises first."""

from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from kernel.db import transaction
from market.catalogue.listing import Scenario
from market.catalogue.rules import ProductState
from market.datasets.rules import Sensitivity, TypeCode, UpdateCycle
from market.exchange.score import Place, Side, score_of
from market.storefront.schemas import ColumnLine, RegistrationLine
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, sign_in_as
from tests.factories.sheets import sheet_of, source_sheet

FULL = {
    "scenarios": list(Scenario)[:3],
    "description": "字" * 50,
    "sources": [
        source_sheet(
            columns=[
                ColumnLine(
                    name="score", title="得分", type=TypeCode.INTEGER, unit="分",
                    sensitivity=Sensitivity.PUBLIC, description="满分一百",
                )
            ]
        )
    ],
}  # fmt: skip


def test_a_full_description_has_every_point() -> None:
    score = score_of(sheet_of(**FULL))

    assert score.share == 1
    assert score.fixes == []


def test_nothing_written_has_no_point_where_something_could_be() -> None:
    score = score_of(
        sheet_of(
            title_en="", use_sentence="", description="", scenarios=[], delivery_kinds=[],
            prices=[], sources=[], legal_basis="", is_operator_verified=False,
            registration=RegistrationLine(),
        )
    )  # fmt: skip

    assert {side: score.share_of(side) for side in Side if side is not Side.INTEROPERABLE} == {
        side: 0 for side in Side if side is not Side.INTEROPERABLE
    }
    assert score.share_of(Side.INTEROPERABLE) == Fraction(20, 100)  # no number lacks a unit


@pytest.mark.parametrize(
    ("change", "place", "gain"),
    [
        ({"title_en": " "}, Place.PRODUCT, 20),
        ({"description": "字" * 25}, Place.PRODUCT, 15),
        ({"prices": []}, Place.PRICES, 30),
        ({"registration": RegistrationLine()}, Place.REGISTRATION, 15),
        ({"is_operator_verified": False}, Place.ORGANIZATION, 15),
        ({"scenarios": list(Scenario)[:2]}, Place.PRODUCT, 10),
    ],
)
def test_one_thing_missing_is_the_one_advice(change: dict, place: Place, gain: int) -> None:
    (fix,) = score_of(sheet_of(**{**FULL, **change})).fixes

    assert (fix.place, fix.gain) == (place, gain)


def test_a_title_repeated_explains_nothing() -> None:
    repeated = [column.model_copy(update={"description": column.title})
                for column in FULL["sources"][0].columns]  # fmt: skip
    sources = [source_sheet(columns=repeated)]

    (fix,) = score_of(sheet_of(**{**FULL, "sources": sources})).fixes

    assert fix.gain == 40


SHEETS = st.builds(
    sheet_of,
    title_en=st.sampled_from(["", "Name"]),
    description=st.text(max_size=80),
    scenarios=st.lists(st.sampled_from(list(Scenario)), unique=True),
    legal_basis=st.sampled_from(["", "依据"]),
    is_operator_verified=st.booleans(),
    sources=st.lists(
        st.builds(
            source_sheet,
            abstract=st.sampled_from(["", "摘要"]),
            update_cycle=st.sampled_from(list(UpdateCycle)),
            versions=st.sampled_from([[], source_sheet().versions]),
        ),
        max_size=3,
    ),
)


@given(SHEETS)
def test_gains_are_what_is_missing_and_the_greatest_stands_first(sheet) -> None:
    score = score_of(sheet)
    gains = [fix.gain for fix in score.fixes]

    assert gains == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains)
    assert score.reached + sum(gains) == score.most
    assert all(0 <= score.share_of(side) <= 1 for side in Side)


def kept(**changes: object) -> str:
    with transaction() as session:
        return make_product(session, **changes).id


def test_its_keepers_see_score_and_advice_also_of_a_draft(client: FlaskClient) -> None:
    product_id = kept(state=ProductState.DRAFT)
    sign_in_as(client, "operator")

    page = client.get(f"/products/{product_id}/metadata")
    said = client.get(f"/api/exchange/products/{product_id}/metadata-score").json

    assert page.status_code == 200
    assert "交付每个来源数据集的数据" in page.text
    assert said["fixes"][0]["gain"] == max(fix["gain"] for fix in said["fixes"])
    assert set(said["sides"]) == {side.value for side in Side}
    assert f"/products/{product_id}/metadata" in client.get(f"/products/{product_id}").text
    assert "Deliver the data" in client.get(f"/products/{product_id}/metadata?lang=en").text


def test_nobody_else_sees_it(client: FlaskClient) -> None:
    product_id = kept(state=ProductState.DRAFT)

    assert client.get(f"/products/{product_id}/metadata").status_code == 302
    sign_in_as(client, actor_of("operator", organization_id="org_other", id="usr_other"))
    assert client.get(f"/products/{product_id}/metadata").status_code == 404
    assert client.get(f"/api/exchange/products/{product_id}/metadata-score").status_code == 404
