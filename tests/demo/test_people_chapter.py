"""Does the demo city's first chapter leave verified organisations and people who may act?"""

from sqlalchemy import select

from demo.chapters import people as chapter
from demo.people import CAST, ORGANIZATIONS
from demo.world import World
from kernel import clock
from kernel.actor import Permission
from market.accounts.roles import Role
from market.organizations.models import Organization
from market.verifications.models import Verification, VerificationDocument


def test_every_organisation_is_verified_by_somebody_and_everyone_may_act(session, settings, store):
    world = World(settings, report=lambda _: None)

    chapter.play(world)

    organizations = session.scalars(select(Organization)).all()
    assert len(organizations) == len(ORGANIZATIONS)
    assert all(one.is_verified(clock.today()) for one in organizations)
    assert all(world.actor(person.subject).permissions for person in CAST)
    assert world.actor("officer").may(Permission.REGISTER_DATASET)
    assert world.actor("regulator").may(Permission.SEE_TIMELINE)
    deciders = session.scalars(select(Verification.decided_by)).all()
    assert sorted({str(one).split("_")[0] for one in deciders}) == [
        "system:market.verifications",
        "usr",
    ]
    papers = session.scalars(select(VerificationDocument)).all()
    assert len(papers) == 2 * (len(ORGANIZATIONS) - 1)
    assert store.read(papers[0].key).startswith(b"%PDF-")


def test_every_role_is_held_by_somebody_so_that_every_page_can_be_opened():
    held = {role for person in CAST for role in person.roles}

    assert held == set(Role)
