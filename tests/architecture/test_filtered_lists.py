"""Does a list say that its filter left nothing, not that nothing was ever there?"""

import pytest
from flask.testing import FlaskClient

from tests.factories.market import sign_in_as

LISTS = {
    "/applications/?state=approved": "bureau_officer",
    "/licences/?state=active": "bureau_officer",
    "/authorizations/?state=closed": "bureau_officer",
    "/costs?missing=true": "finance_clerk",
    "/demands/?state=planned": "analyst",
}


@pytest.mark.parametrize("address", LISTS)
def test_a_filter_that_leaves_nothing_leads_back_to_the_whole_list(
    client: FlaskClient, address: str
) -> None:
    sign_in_as(client, LISTS[address])

    filtered = client.get(address).text
    whole = client.get(address.split("?", maxsplit=1)[0]).text

    assert "没有符合筛选条件的内容" in filtered
    assert "没有符合筛选条件的内容" not in whole
