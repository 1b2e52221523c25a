"""Which numbers may leave? Turns exact numbers into the answer; they go no further than here."""

from decimal import Decimal

from sandbox.engines.duckdb_engine import Exact
from sandbox.plans.rules import Question
from sandbox.plans.sensitivity import bound_of, sensitivity_of
from sandbox.policies.rules import PrivacyPolicy
from sandbox.privacy.mechanism import with_laplace
from sandbox.privacy.rules import share_of_epsilon
from sandbox.queries.answers import Answer, groups_of, scales_of


def noisy_answer(
    question: Question, exact: Exact, policy: PrivacyPolicy, epsilon: Decimal
) -> Answer:
    """Every group of the public domain with its noise, empty groups included."""
    groups = groups_of(question)
    nothing = (0,) * len(question.measures)
    vectors = [
        [exact.get(group, nothing)[place] for group in groups]
        for place in range(len(question.measures))
    ]
    if policy.is_open:
        return Answer(tuple(map(tuple, vectors)), scales_of(question, policy, epsilon))
    bound = bound_of(question, policy)
    share = share_of_epsilon(epsilon, len(question.measures))
    noisy = [
        with_laplace(vector, l1=sensitivity_of(measure, bound, question).l1, epsilon=share)
        for measure, vector in zip(question.measures, vectors, strict=True)
    ]
    return Answer(tuple(one.values for one in noisy), tuple(one.scale for one in noisy))
