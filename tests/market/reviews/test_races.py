"""What remains true of a rating when several act at the same moment? Real commits, real locks."""

import pytest

from kernel.db import transaction
from market.accounts.roles import Role
from market.reviews import actions, reads
from market.reviews.rules import RectificationState
from tests.factories.licences import make_licence
from tests.factories.market import actor_of, stored
from tests.factories.reviews import WORDS, make_review, review_draft
from tests.market.accounts.test_races import at_once

pytestmark = pytest.mark.usefixtures("own_database")


def test_of_four_ratings_of_one_licence_one_counts():
    with transaction() as session:
        analyst = stored(session, actor_of(Role.ANALYST))
        licence = make_licence(session)

    def rate():
        with transaction() as session:
            actions.submit_review(session, analyst, licence.id, review_draft(2))

    ends = at_once(*[rate] * 4)

    assert ends == ["done"] + ["review-given-already"] * 3
    with transaction() as session:
        assert reads.score_of(session, licence.product_id).count == 1


def test_of_four_clicks_on_a_step_one_is_taken():
    with transaction() as session:
        operator = stored(session, actor_of(Role.OPERATOR))
        case = make_review(session, 1)

    def contact():
        with transaction() as session:
            actions.contact_buyer(session, operator, case.review.id, WORDS)

    ends = at_once(*[contact] * 4)

    assert ends == ["done"] + ["rectification-step-wrong"] * 3
    with transaction() as session:
        work = reads.get_case(session, operator, case.review.id).work
        assert work is not None
        assert work.state is RectificationState.VERIFY
