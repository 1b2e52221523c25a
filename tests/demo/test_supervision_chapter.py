"""Does the last chapter show the attempt, the alert and a proof that a foreign tool accepts?"""

import pytest
from sqlalchemy import Engine

from demo import proof
from demo.chapters import supervision
from demo.people import person
from demo.world import World, work_here
from kernel.db import transaction
from kernel.settings import Settings
from market.catalogue.prices import PriceAboveCap
from market.organizations.rules import RegulatorScope
from supervision.alerts import tasks  # noqa: F401 - its subscriber hears the refusal
from tests.factories.market import actor_of, make_membership, make_organization, make_user, stored


@pytest.fixture
def world(own_database: Engine, settings: Settings) -> World:
    said: list[str] = []
    made = World(settings, said.append, work_here)
    with transaction() as session:
        office = make_organization(session, "regulator", name="云州市公共数据监管办公室")
        someone = make_user(session, subject=person("regulator").subject, name="方正言")
        scopes = [scope.value for scope in RegulatorScope]
        make_membership(session, someone, office, ["regulator"], regulator_scopes=scopes)
        operator = stored(session, actor_of("operator"))
    with made.expecting(PriceAboveCap, operator, "catalogue.set_price"):
        raise PriceAboveCap("prd_1", "0.81", "0.80", "次")
    return made


def test_the_chapter_ends_with_a_proof_that_a_foreign_tool_judged(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    said: list[str] = []
    monkeypatch.setattr(world, "report", said.append)

    checked = supervision.play(world)

    words = "\n".join(said)
    assert "被拒绝的尝试 #0 [PR-04]" in words
    assert "橙色预警 [SU-02]" in words
    assert checked.checkpoint_size == 2  # the refusal and the alert it raised
    assert checked.is_verified == (proof.VERIFIER / "aics_tlog").is_dir()


def test_without_the_tool_nothing_counts_as_verified(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    monkeypatch.setattr(proof, "VERIFIER", tmp_path)

    assert not supervision.play(world).is_verified
