"""Organisations are founded, joined and verified."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

import typst
from pylopdf_fonts_zh_cn import sans_path

from demo.people import CAST, ORGANIZATIONS, DemoOrganization, DemoPerson
from demo.world import World
from kernel import clock
from kernel.db import transaction
from market.accounts import actions, reads
from market.accounts.schemas import FoundingDraft, Identity, MemberInvitationDraft
from market.verifications import actions as verifications
from market.verifications import storage
from market.verifications.rules import LONGEST_VALIDITY_DAYS, DocumentKind
from market.verifications.schemas import DecisionDraft, VerificationDraft

REVIEWER = "officer"
REASON = "信用代码、名称与证书一致，委托书已盖章（样例）。"
PAPER = """#set page(paper: "a5", margin: 2cm)
#set text(font: "Noto Sans SC", lang: "zh", size: 11pt)
= {title}
样例数据，不具法律效力。

单位名称：{name}

统一社会信用代码：{credit_code}
"""


@dataclass(frozen=True)
class Paper:
    """A file as a person would upload it."""

    filename: str
    stream: IO[bytes]


def play(world: World) -> None:
    """Each organisation's first person founds it; the others are invited and accept."""
    world.report("序  单位与人员：创建、邀请、审核身份")
    for number, organization in enumerate(ORGANIZATIONS):
        members = [person for person in CAST if person.organization == organization.key]
        _found(world, organization, members[0], is_first=number == 0)
        for member in members[1:]:
            _join(world, members[0], member)
    for number, organization in enumerate(ORGANIZATIONS):
        founder = next(person for person in CAST if person.organization == organization.key)
        _verify(world, organization, founder, is_first=number == 0)
    world.report(f"    {len(ORGANIZATIONS)} 家单位、{len(CAST)} 人，全部通过身份审核")


def _identity(person: DemoPerson) -> Identity:
    return Identity(subject=person.subject, name=person.name, email=person.identity.email)


def _found(
    world: World, organization: DemoOrganization, founder: DemoPerson, *, is_first: bool
) -> None:
    draft = FoundingDraft(
        name=organization.name,
        kind=organization.kind,
        credit_code=organization.credit_code,
        regulator_scopes=list(founder.scopes),
        roles=list(founder.roles),
    )
    with transaction() as session:
        if is_first:
            membership = actions.name_first_administrator(session, _identity(founder), draft)
        else:
            actions.open_session(session, _identity(founder), "demo")
            user = reads.find_by_subject(session, founder.subject)
            assert user is not None
            actor = reads.actor_for(user, None, clock.today())
            membership = actions.found_organization(session, actor, draft)
        world.ids[organization.key] = membership.organization_id


def _join(world: World, founder: DemoPerson, member: DemoPerson) -> None:
    draft = MemberInvitationDraft(
        roles=list(member.roles), regulator_scopes=list(member.scopes), subject=member.subject
    )
    administrator = world.actor(founder.subject)
    with transaction() as session:
        invitation = actions.invite(session, administrator, draft)
        actions.open_session(session, _identity(member), "demo")
        user = reads.find_by_subject(session, member.subject)
        assert user is not None
        actor = reads.actor_for(user, None, clock.today())
        actions.accept_invitation(session, actor, invitation.id)


def _verify(
    world: World, organization: DemoOrganization, founder: DemoPerson, *, is_first: bool
) -> None:
    """The first bureau at the console; every other one hands in papers that an officer reviews."""
    until_on = clock.today() + timedelta(days=LONGEST_VALIDITY_DAYS)
    if is_first:
        with transaction() as session:
            verifications.confirm_at_console(session, organization.credit_code, REASON, until_on)
        return
    applicant, reviewer = world.actor(founder.subject), world.actor(REVIEWER)
    papers = {kind: [_paper(organization, kind)] for kind in DocumentKind if kind != "other"}
    with storage.kept(papers) as documents, transaction() as session:
        submitted = verifications.submit(session, applicant, VerificationDraft(), documents)
    decision = DecisionDraft(verdict="approve", reason=REASON, valid_until_on=until_on)
    with transaction() as session:
        verifications.decide(session, reviewer, submitted.id, decision)


def _paper(organization: DemoOrganization, kind: DocumentKind) -> Paper:
    """A page that says what it stands for, and that it is a sample."""
    text = PAPER.format(
        title=kind.label, name=organization.name, credit_code=organization.credit_code
    )
    folder = str(sans_path().parent)
    page: bytes = typst.compile(text.encode(), font_paths=[folder])
    return Paper(f"{kind.label}.pdf", io.BytesIO(page))
