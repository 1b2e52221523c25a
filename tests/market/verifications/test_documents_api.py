"""Does a program of a reviewer get the papers to read, and nobody else's?"""

import hashlib
import io

import pytest

from market.accounts.roles import Role
from tests.factories.market import actor_of, sign_in_as

PAPERS = {
    "certificate": (b"%PDF-1.7 sample", "证书.pdf"),
    "authorization": (b"\x89PNG\r\n\x1a\n sample", "委托书.png"),
}
APPLICANT = actor_of(Role.ADMINISTRATOR, verified=False)


@pytest.fixture
def address(client) -> str:
    """Where the papers of a waiting request are listed."""
    sign_in_as(client, APPLICANT)
    files = {kind: (io.BytesIO(data), name) for kind, (data, name) in PAPERS.items()}
    submitted = client.post("/api/verifications", data=files)
    assert submitted.status_code == 201
    return f"/api/verifications/{submitted.json['id']}/documents"


@pytest.mark.parametrize("reader", [APPLICANT, Role.BUREAU_OFFICER])
def test_each_paper_is_listed_and_fetched_whole(client, address, reader):
    sign_in_as(client, reader)

    papers = client.get(address).json["documents"]

    assert sorted(paper["kind"] for paper in papers) == ["authorization", "certificate"]
    for paper in papers:
        data, name = PAPERS[paper["kind"]]
        fetched = client.get(paper["address"]).data
        assert (fetched, paper["filename"]) == (data, name)
        assert hashlib.sha256(fetched).hexdigest() == paper["sha256"]
        assert paper["size_bytes"] == len(data)


def test_whose_case_it_is_not_finds_no_papers(client, address):
    for stranger in (
        actor_of(Role.ADMINISTRATOR, organization_id="org_other", id="usr_other"),
        Role.ANALYST,
    ):
        sign_in_as(client, stranger)
        assert client.get(address).status_code == 404
    sign_in_as(client, Role.BUREAU_OFFICER)
    assert client.get("/api/verifications/ver_unknown/documents").status_code == 404
