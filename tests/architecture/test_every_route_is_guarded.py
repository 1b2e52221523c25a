"""Is every route and command closed to whom it should be closed to?

Routes are found by walking the application: a new one is covered the day it lands. Ids in
addresses are filled with unknown ones, bodies are empty: nothing that exists is touched.
"""

from collections.abc import Iterator

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from kernel.actor import Actor, ActorKind
from kernel.web import guard, problems
from market.accounts.roles import Role
from tests.factories.market import sign_in_as

# The short list. Whoever adds a line says in the commit why everybody may ask this.
PUBLIC = {
    "accounts.callback",
    "accounts.sign_in",
    "accounts.sign_out",
    "accounts.signed_out",
    "accounts.start",
    "badges.picture",
    "badges.show",
    "badges_api.badge",
    "ckan_api.act",
    "ckan_api.act_in_any_version",
    "demands.board",
    "demands.show",
    "demands_api.board",
    "demands_api.show",
    "exchange_api.catalogue",
    "exchange_api.changes_as_atom",
    "exchange_api.changes_as_json",
    "exchange_api.document",
    "exchange_api.whole",
    "health.alive",
    "health.ready",
    "objects.fetch",
    "openapi_description",
    "payments_api.take_notice",
    "registrations.lookup",
    "registrations.notice",
    "registrations.notices",
    "registrations_api.notices",
    "registrations_api.result",
    "reviews_api.of_product",
    "shell.choose_language",
    "shell.favicon",
    "shell.static",
    "storefront.home",
    "storefront.suggestions",
    "storefront.product",
    "storefront.search",
    "storefront_api.search",
    "storefront_api.related",
    "storefront_api.sheet",
    "storefront_api.suggestions",
    "tokens_api.token",
    "transparency.find",
    "transparency.log",
    "transparency_api.checkpoint",
    "transparency_api.consistency",
    "transparency_api.cosign",
    "transparency_api.earlier_checkpoint",
    "transparency_api.key",
    "transparency_api.proof",
    "transparency_api.proof_file",
    "transparency_api.tile",
}

# A person who belongs to no organisation yet may do this, and nothing else that changes anything.
WITHOUT_ORGANIZATION = {"accounts.found_organization"}

# Of the public routes: not for readers, and answered by outside services.
NO_PAGES = {"accounts.callback", "accounts.start"}

# Commands act as the house itself, at the console of the machine it runs on.
COMMANDS = {
    "accounts first-administrator",
    "health show",
    "ledger check",
    "quality run",
    "queries explain",
    "storefront rebuild",
    "transparency export",
    "transparency extend",
    "transparency key",
    "transparency verify",
    "verifications confirm",
}

UNKNOWN = "unknown_01J0000000000000000000000"
NOBODY_ELSE = Actor(id="usr_without", kind=ActorKind.PERSON, name="无单位")


def closed_routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, address) of every route that is not public."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if guard.is_public(rule.endpoint):
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule.endpoint, method, address_of(app, rule)


def is_page(rule: Rule) -> bool:
    """Whether everybody may read it in a browser."""
    is_read = "GET" in (rule.methods or set())
    return is_read and guard.is_public(rule.endpoint) and rule.endpoint not in NO_PAGES


def address_of(app: Flask, rule: Rule) -> str:
    values = {name: unknown(converter) for name, converter in rule._converters.items()}
    built = app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False)
    return str(built)


def unknown(converter: BaseConverter) -> object:
    """A value that fits the address and belongs to nothing."""
    if isinstance(converter, IntegerConverter):
        return 999_999_999
    return min(converter.items) if isinstance(converter, AnyConverter) else UNKNOWN


def ask(client: FlaskClient, method: str, address: str):
    """An empty request, as a page's form or a program would send it."""
    if method == "GET":
        return client.get(address)
    if address.startswith(problems.MACHINE_PATHS):
        return client.open(address, method=method, json={})
    return client.open(address, method=method, data={})


def test_the_public_routes_are_exactly_the_short_list(app):
    with app.app_context():
        public = {
            rule.endpoint for rule in app.url_map.iter_rules() if guard.is_public(rule.endpoint)
        }

    assert public == PUBLIC


def test_nobody_is_let_in_anywhere_else(app, client):
    let_in = []
    for endpoint, method, address in closed_routes(app):
        answer = ask(client, method, address)
        is_asked_to_sign_in = answer.status_code == 401 or (
            answer.status_code == 302 and answer.location.startswith("/sign-in?next=")
        )
        if not is_asked_to_sign_in:
            let_in.append((endpoint, method, answer.status_code))

    assert let_in == []


@pytest.mark.parametrize("role", list(Role))
def test_no_role_meets_a_fault_of_ours(app, client, role):
    sign_in_as(client, role)
    faults = []
    for endpoint, method, address in closed_routes(app):
        answer = ask(client, method, address)
        if answer.status_code >= 500 or answer.status_code == 401:
            faults.append((endpoint, method, answer.status_code))

    assert faults == []


@pytest.mark.parametrize("role", list(Role))
def test_no_public_page_is_a_fault_for_somebody_signed_in(app, client, role):
    sign_in_as(client, role)
    with app.test_request_context():
        asked = [address_of(app, rule) for rule in app.url_map.iter_rules() if is_page(rule)]

    faults = [address for address in asked if client.get(address).status_code >= 500]

    assert len(asked) > 10
    assert faults == []


def test_a_person_without_organisation_changes_nothing(app, client):
    sign_in_as(client, NOBODY_ELSE)
    done = []
    for endpoint, method, address in closed_routes(app):
        if method in guard.SAFE_METHODS or endpoint in WITHOUT_ORGANIZATION:
            continue
        answer = ask(client, method, address)
        leads_to_welcome = answer.status_code == 303 and answer.location == "/welcome"
        if answer.status_code not in {403, 404, 409, 410, 415, 422} and not leads_to_welcome:
            done.append((endpoint, method, answer.status_code))

    assert done == []


def test_another_site_is_refused_on_every_route_that_changes_anything(app, client):
    sign_in_as(client, Role.ADMINISTRATOR)
    accepted = []
    with app.test_request_context():
        rules = list(app.url_map.iter_rules())
    for rule in rules:
        for method in sorted((rule.methods or set()) - guard.SAFE_METHODS):
            headers = {"Sec-Fetch-Site": "cross-site"}
            answer = client.open(address_of(app, rule), method=method, headers=headers)
            if answer.status_code != 403:
                accepted.append((rule.endpoint, method, answer.status_code))

    assert accepted == []


def test_the_commands_are_exactly_the_listed_ones(app):
    own_groups = {
        name: group for name, group in app.cli.commands.items() if isinstance(group, click.Group)
    }
    found = {
        f"{name} {command}" for name, group in own_groups.items() for command in group.commands
    }
    loose = set(app.cli.commands) - set(own_groups)

    assert found == COMMANDS
    assert loose == set()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself_and_refuses_nonsense(app, command):
    run = app.test_cli_runner().invoke

    told = run(args=[*command.split(), "--help"])
    nonsense = run(args=[*command.split(), "--no-such-option"])

    assert told.exit_code == 0, told.output
    assert nonsense.exit_code == 2
    assert "Traceback" not in nonsense.output
