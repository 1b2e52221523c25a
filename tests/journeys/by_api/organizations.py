"""Before the story: people sign in, found and join organisations, which another one verifies.

What is a person's own act stays one: members, papers, verification and tokens are asked for with
the cookie of a sign-in (market/tokens/rules.py, ONLY_FOR_PERSONS). All later steps are programs'.
"""

from datetime import timedelta

from demo.people import CAST, ORGANIZATIONS, DemoOrganization, DemoPerson, person
from market.verifications.rules import LONGEST_VALIDITY_DAYS
from tests.journeys.by_api import callers
from tests.journeys.by_api.callers import Caller
from tests.journeys.by_api.city import City

BUREAU, *OTHERS = ORGANIZATIONS
FIRST = "approver"  # named at the console, before anybody can sign in to anything
REASON = "信用代码、名称与证书一致，委托书已盖章（样例）。"
PAPERS = {
    "certificate": ("证书.pdf", b"%PDF-1.7 sample", "application/pdf"),
    "authorization": ("委托书.pdf", b"%PDF-1.7 sample", "application/pdf"),
}
WITH_CLIENT = "buyer"  # whose program asks for short-lived tokens; the others have API tokens


def play(city: City) -> None:
    _begin(city)
    for organization in OTHERS:
        founder, *others = [one for one in CAST if one.organization == organization.key]
        _found(city, organization, founder)
        for member in others:
            _join(city, city.people[founder.subject], member)
    _give_tokens(city)
    _only_persons_do_what_is_theirs(city)


def _begin(city: City) -> None:
    """The console names and verifies the bureau; its administrator brings the others in."""
    words = ("accounts", "first-administrator", FIRST, person(FIRST).name)
    facts = ("--organization", BUREAU.name, "--credit-code", BUREAU.credit_code)
    city.command(*words, *facts)
    verified = ("verifications", "confirm", BUREAU.credit_code, "--reason", REASON)
    city.command(*verified, "--until", _until(city))
    approver = city.people[FIRST] = callers.sign_in(city.door, FIRST)
    me = approver.get("/api/me")
    city.ids[BUREAU.key] = me["organization_id"]
    [mine] = approver.get("/api/members")["members"]
    roles = {"roles": [role.value for role in person(FIRST).roles]}
    approver.put(f"/api/members/{mine['id']}/roles", roles)
    for member in CAST:
        if member.organization == BUREAU.key and member.subject != FIRST:
            _join(city, approver, member)


def _found(city: City, organization: DemoOrganization, founder: DemoPerson) -> None:
    """Founded by its first person, with papers; an officer of the bureau reads and decides."""
    caller = city.people[founder.subject] = callers.sign_in(city.door, founder.subject)
    draft = {
        "name": organization.name,
        "kind": organization.kind.value,
        "credit_code": organization.credit_code,
        "roles": [role.value for role in founder.roles],
        "regulator_scopes": [scope.value for scope in founder.scopes],
    }
    founded = caller.post("/api/organizations", draft)
    city.ids[organization.key] = founded["organization"]["id"]
    submitted = callers.told(caller.send("POST", "/api/verifications", files=PAPERS))
    address = f"/api/verifications/{submitted['id']}"
    officer = city.people["officer"]
    assert len(officer.get(f"{address}/documents")["documents"]) == len(PAPERS)
    decision = {"verdict": "approve", "reason": REASON, "valid_until_on": _until(city)}
    assert officer.post(f"{address}/decision", decision)["state"] == "approved"


def _join(city: City, founder: Caller, member: DemoPerson) -> None:
    draft = {
        "subject": member.subject,
        "roles": [role.value for role in member.roles],
        "regulator_scopes": [scope.value for scope in member.scopes],
    }
    founder.post("/api/invitations", draft)
    caller = city.people[member.subject] = callers.sign_in(city.door, member.subject)
    [offer] = caller.get("/api/me/invitations")["items"]
    caller.post(f"/api/invitations/{offer['id']}/acceptance")
    assert caller.get("/api/me")["roles"] == sorted(draft["roles"])


def _give_tokens(city: City) -> None:
    for subject, caller in city.people.items():
        if subject == WITH_CLIENT:
            city.clients[subject] = callers.register_client(caller, "采购系统")
        else:
            city.programs[subject] = callers.program_of(caller, "业务系统")


def _only_persons_do_what_is_theirs(city: City) -> None:
    """A token makes no further token; another site's page does nothing in a person's name."""
    program, in_browser = city.programs["officer"], city.people["officer"]
    draft = {"name": "另一个", "scopes": ["register_dataset"]}
    assert program.refused("/api/tokens", draft)["code"] == "person-needed"
    elsewhere = in_browser.send(
        "POST", "/api/tokens", json=draft, headers={"Origin": "https://elsewhere.invalid"}
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "cross-origin-refused")


def _until(city: City) -> str:
    return str(city.today() + timedelta(days=LONGEST_VALIDITY_DAYS))
