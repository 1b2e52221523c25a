"""Do the bureau's machines see how far a product is prepared, and nobody else's?"""

import pytest

from tests.factories.described import as_described
from tests.factories.market import actor_of


def test_the_bureau_sees_the_state_of_each_extract(client_as, product):
    bureau = client_as(actor_of("bureau_officer"))

    answer = as_described(bureau, bureau.get(f"/api/extracts/{product.id}"))

    [extract] = answer.json["items"]
    assert (extract["state"], extract["version_rows"]) == ("ready", 400)
    assert "facts" not in extract


@pytest.mark.parametrize("role", ["analyst", "operator", "regulator"])
def test_it_is_for_the_bureau_only(client_as, product, role):
    reader = client_as(actor_of(role))

    answer = as_described(reader, reader.get(f"/api/extracts/{product.id}"))

    assert answer.status_code == 403
