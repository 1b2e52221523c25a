import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from kernel.actor import MissingPermission
from kernel.events import EventLog
from market.datasets.rules import DataLevel, PersonalData
from sandbox.policies import actions, reads
from sandbox.policies.actions import PolicyContradicts, SeveralSources
from sandbox.policies.declarations import Declaration, declaration_problems, proposed_policy
from sandbox.policies.reads import PolicyMissing
from sandbox.policies.rules import ColumnUse, PolicyProblem, Unit, policy_problems
from tests.factories.catalogue import make_product, make_source
from tests.factories.market import actor_of, stored
from tests.factories.sandbox import make_policy, make_visits


@pytest.fixture
def officer(session):
    return stored(session, actor_of("bureau_officer"))


def test_a_policy_is_set_by_the_bureau_and_told(session, store, officer):
    product = make_visits(session)

    made = actions.set_policy(session, officer, product.id, make_policy())

    assert (made.number, made.policy) == (1, make_policy())
    event = session.scalar(select(EventLog).where(EventLog.name == "sandbox.policy_set")).event()
    assert (event.policy_id, event.number, event.unit) == (made.id, 1, "店铺")


def test_a_second_policy_is_a_second_revision_and_the_first_stays(session, store, officer):
    product = make_visits(session)
    first = actions.set_policy(session, officer, product.id, make_policy())

    second = actions.set_policy(session, officer, product.id, make_policy(rows_per_cell=1))

    assert second.number == 2
    assert reads.get_policy(session, product.id) is second
    assert reads.list_revisions(session, product.id) == [second, first]


@pytest.mark.parametrize("role", ["analyst", "operator", "regulator", "administrator"])
def test_nobody_but_the_bureau_sets_a_policy(session, store, role):
    product = make_visits(session)

    with pytest.raises(MissingPermission):
        actions.set_policy(session, actor_of(role), product.id, make_policy())


def test_another_bureau_may_not_either(session, store):
    product = make_visits(session)

    with pytest.raises(MissingPermission):
        stranger = actor_of("bureau_officer", organization_id="org_other")
        actions.set_policy(session, stranger, product.id, make_policy())


def test_a_policy_that_contradicts_itself_is_refused_with_every_reason(session, store, officer):
    product = make_visits(session)

    with pytest.raises(PolicyContradicts) as caught:
        bad = make_policy(rows_per_unit=0, unit=Unit(column="name", label="人"))
        actions.set_policy(session, officer, product.id, bad)

    assert set(caught.value.problems) == {
        PolicyProblem.ROWS_RANGE,
        PolicyProblem.UNIT_USED,
        PolicyProblem.UNIT_OTHER,
    }
    assert reads.find_policy(session, product.id) is None


def test_data_with_a_protected_unit_cannot_be_declared_open(session, store, officer):
    product = make_visits(session)

    with pytest.raises(PolicyContradicts) as caught:
        open_policy = make_policy(unit=None, is_open=True, caps=None)
        actions.set_policy(session, officer, product.id, open_policy)

    assert caught.value.problems == [PolicyProblem.UNIT_OTHER]


def test_a_product_of_several_data_sets_is_refused(session, store, officer):
    product = make_product(session, make_source(session), make_source(session, title="另一个"))

    with pytest.raises(SeveralSources):
        actions.set_policy(session, officer, product.id, make_policy())


def test_a_product_without_a_policy_says_so(session, store):
    with pytest.raises(PolicyMissing):
        reads.get_policy(session, make_visits(session).id)


def test_a_revision_never_changes(session, store, officer):
    product = make_visits(session)
    actions.set_policy(session, officer, product.id, make_policy())

    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE privacy_policies SET number = 7"))


def declared(session, store, **changes: object) -> Declaration:
    found = actions.declaration_of(session, make_visits(session).dataset_ids[0])
    facts = {
        "columns": found.columns,
        "protected_unit": found.protected_unit,
        "level": found.level,
        "personal_data": found.personal_data,
    }
    return Declaration(**{**facts, **changes})


@pytest.mark.parametrize(
    ("level", "personal", "is_refused"),
    [
        (DataLevel.GENERAL, PersonalData.NONE, False),
        (DataLevel.GENERAL, PersonalData.WITH_BASIS, True),
        (DataLevel.GENERAL, PersonalData.ANONYMISED, True),
        (DataLevel.IMPORTANT, PersonalData.NONE, True),
    ],
)
def test_only_general_data_without_persons_can_be_open(session, store, level, personal, is_refused):
    given = declared(session, store, protected_unit="", level=level, personal_data=personal)
    policy = make_policy(unit=None, is_open=True, caps=None)

    refused = PolicyProblem.OPEN_NOT_GENERAL in declaration_problems(policy, given)

    assert refused is is_refused


def test_columns_must_be_those_of_the_dictionary_with_their_kinds(session, store):
    given = declared(session, store)
    fewer = declared(session, store, columns=given.columns[:-1])
    other = declared(session, store, columns=[*given.columns[:-1], given.columns[2]])

    assert declaration_problems(make_policy(), given) == []
    assert declaration_problems(make_policy(), fewer) == [PolicyProblem.COLUMN_UNDECLARED]
    assert declaration_problems(make_policy(), other) == [PolicyProblem.COLUMN_UNDECLARED]


def test_a_first_proposal_from_the_dictionary_has_no_problem(session, store):
    given = declared(session, store)

    proposal = proposed_policy(given, "visits")

    assert policy_problems(proposal) + declaration_problems(proposal, given) == []
    uses = {column.name: column.uses for column in proposal.columns}
    assert uses["shop"] == uses["phone"] == (ColumnUse.FORBIDDEN,)
    assert uses["weekend"] == (ColumnUse.GROUP,)
    assert uses["day"] == (ColumnUse.FILTER,)
