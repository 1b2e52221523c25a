"""The web process: installs plumbing and registers every blueprint and command group."""

from flask import Flask, Request, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from billing.invoices import api as invoices_api
from billing.invoices import pages as invoices_pages
from billing.ledger import api as ledger_api
from billing.ledger import cli as ledger_cli
from billing.ledger import pages as ledger_pages
from billing.metering import api as metering_api
from billing.orders import api as orders_api
from billing.orders import pages as orders_pages
from billing.payments import api as payments_api
from billing.payments import pages as payments_pages
from billing.shares import api as shares_api
from billing.shares import pages as shares_pages
from kernel import startup
from kernel.actor import Actor, Permission
from kernel.i18n import N_
from kernel.request import carrying
from kernel.settings import Settings
from kernel.web import guard, health, limits, openapi, problems, shell, submissions
from kernel.web.objects import bp as objects_bp
from kernel.web.shell import NavigationItem
from licensing.applications import api as applications_api
from licensing.applications import pages as applications_pages
from licensing.authorizations import api as authorizations_api
from licensing.authorizations import pages as authorizations_pages
from licensing.entitlements import api as entitlements_api
from licensing.licences import api as licences_api
from licensing.licences import pages as licences_pages
from licensing.plans import api as plans_api
from licensing.plans import pages as plans_pages
from licensing.pricing import api as pricing_api
from licensing.pricing import pages as pricing_pages
from market.accounts import api as accounts_api
from market.accounts import cli as accounts_cli
from market.accounts import oidc
from market.accounts import pages as accounts_pages
from market.badges import api as badges_api
from market.badges import pages as badges_pages
from market.catalogue import api as catalogue_api
from market.catalogue import pages as catalogue_pages
from market.comparisons import api as comparisons_api
from market.comparisons import pages as comparisons_pages
from market.datasets import api as datasets_api
from market.datasets import pages as datasets_pages
from market.demands import api as demands_api
from market.demands import pages as demands_pages
from market.exchange import api as exchange_api
from market.exchange import pages as exchange_pages
from market.proposals import api as proposals_api
from market.proposals import pages as proposals_pages
from market.quality import api as quality_api
from market.quality import cli as quality_cli
from market.quality import pages as quality_pages
from market.quarantines import api as quarantines_api
from market.quarantines import pages as quarantines_pages
from market.registrations import api as registrations_api
from market.registrations import pages as registrations_pages
from market.reviews import api as reviews_api
from market.reviews import pages as reviews_pages
from market.storefront import api as storefront_api
from market.storefront import cli as storefront_cli
from market.storefront import pages as storefront_pages
from market.tokens import api as tokens_api
from market.tokens import oauth
from market.tokens import pages as tokens_pages
from market.verifications import api as verifications_api
from market.verifications import cli as verifications_cli
from market.verifications import pages as verifications_pages
from market.watches import api as watches_api
from market.watches import pages as watches_pages
from migrations.tables import load_every_table
from sandbox.engines import isolation
from sandbox.extracts import api as extracts_api
from sandbox.extracts import pages as extracts_pages
from sandbox.policies import api as policies_api
from sandbox.policies import pages as policies_pages
from sandbox.privacy import api as privacy_api
from sandbox.privacy import pages as privacy_pages
from sandbox.queries import api as queries_api
from sandbox.queries import cli as queries_cli
from sandbox.queries import pages as queries_pages
from supervision.alerts import api as alerts_api
from supervision.alerts import pages as alerts_pages
from supervision.audit import api as audit_api
from supervision.audit import pages as audit_pages
from supervision.indicators import api as indicators_api
from supervision.indicators import pages as indicators_pages
from supervision.interventions import api as interventions_api
from supervision.interventions import pages as interventions_pages
from supervision.transparency import api as transparency_api
from supervision.transparency import cli as transparency_cli
from supervision.transparency import pages as transparency_pages
from valuation.appraisals import api as appraisals_api
from valuation.appraisals import pages as appraisals_pages
from valuation.assets import api as assets_api
from valuation.assets import pages as assets_pages
from valuation.books import api as books_api
from valuation.books import pages as books_pages
from valuation.costs import api as costs_api
from valuation.costs import pages as costs_pages
from valuation.recognitions import api as recognitions_api
from valuation.recognitions import pages as recognitions_pages
from valuation.statements import api as statements_api
from valuation.statements import pages as statements_pages

MEBIBYTE = 1024 * 1024
FORM_LIMIT = 2 * MEBIBYTE

# Sorted by room, from the kernel up.
BLUEPRINTS = (
    objects_bp,
    accounts_pages.bp,
    accounts_api.bp,
    badges_pages.bp,
    badges_api.bp,
    catalogue_pages.bp,
    catalogue_api.bp,
    datasets_pages.bp,
    datasets_api.bp,
    demands_pages.bp,
    demands_api.bp,
    exchange_pages.bp,
    exchange_api.bp,
    exchange_api.ckan_bp,
    proposals_pages.bp,
    proposals_api.bp,
    quality_pages.bp,
    quality_api.bp,
    quarantines_pages.bp,
    quarantines_api.bp,
    comparisons_pages.bp,
    comparisons_api.bp,
    watches_pages.bp,
    watches_api.bp,
    registrations_pages.bp,
    registrations_api.bp,
    reviews_pages.bp,
    reviews_api.bp,
    storefront_pages.bp,
    storefront_api.bp,
    tokens_pages.bp,
    tokens_api.bp,
    plans_pages.bp,
    plans_api.bp,
    authorizations_pages.bp,
    authorizations_api.bp,
    pricing_pages.bp,
    pricing_api.bp,
    applications_pages.bp,
    applications_api.bp,
    licences_pages.bp,
    licences_api.bp,
    entitlements_api.bp,
    invoices_pages.bp,
    invoices_api.bp,
    ledger_pages.bp,
    ledger_api.bp,
    metering_api.bp,
    orders_pages.bp,
    orders_api.bp,
    payments_pages.bp,
    payments_api.bp,
    shares_pages.bp,
    shares_api.bp,
    shares_api.revenue_bp,
    verifications_pages.bp,
    verifications_api.bp,
    extracts_pages.bp,
    extracts_api.bp,
    policies_pages.bp,
    policies_api.bp,
    privacy_pages.bp,
    privacy_api.bp,
    queries_pages.bp,
    queries_api.bp,
    appraisals_pages.bp,
    appraisals_api.bp,
    assets_pages.bp,
    assets_api.bp,
    books_pages.bp,
    books_api.bp,
    costs_pages.bp,
    costs_api.bp,
    recognitions_pages.bp,
    recognitions_api.bp,
    statements_pages.bp,
    statements_api.bp,
    alerts_pages.bp,
    alerts_api.bp,
    audit_pages.bp,
    audit_api.bp,
    indicators_pages.bp,
    indicators_api.bp,
    interventions_pages.bp,
    interventions_api.bp,
    transparency_pages.bp,
    transparency_api.bp,
)
COMMANDS = (
    accounts_cli.group,
    quality_cli.group,
    storefront_cli.group,
    ledger_cli.group,
    queries_cli.group,
    verifications_cli.group,
    transparency_cli.group,
)

# The nouns of the menu, in one order on every page; at most eight are open to one role.
NAVIGATION: list[NavigationItem] = [
    NavigationItem(N_("目录"), "storefront.search"),
    NavigationItem(
        N_("数据"),
        "datasets.index",
        frozenset(
            {Permission.REGISTER_DATASET, Permission.DELIVER_VERSION, Permission.PUBLISH_PRODUCT}
        ),
        also=frozenset({"registrations"}),
    ),
    NavigationItem(
        N_("产品"),
        "catalogue.index",
        frozenset(
            {Permission.DRAFT_PRODUCT, Permission.PUBLISH_PRODUCT, Permission.SUSPEND_PRODUCT}
        ),
        also=frozenset({"exchange", "pricing", "demands"}),  # tabs beside the products
    ),
    NavigationItem(N_("需求"), "demands.board", frozenset({Permission.ASK_FOR_DATA})),
    NavigationItem(
        N_("授权"),
        "authorizations.index",
        frozenset(
            {
                Permission.PROPOSE_PLAN,
                Permission.APPROVE_PLAN,
                Permission.SIGN_AUTHORIZATION,
                Permission.GIVE_CONSENT,
                Permission.SEE_TIMELINE,
            }
        ),
        also=frozenset({"plans"}),
    ),
    NavigationItem(
        N_("登记"),  # for whoever keeps data it is a tab beside the data
        "registrations.index",
        frozenset({Permission.REVIEW_REGISTRATION, Permission.SEE_TIMELINE}),
    ),
    NavigationItem(N_("价格"), "pricing.index", frozenset({Permission.SET_CAP})),
    NavigationItem(
        N_("合同"),
        "licences.index",
        frozenset(
            {
                Permission.APPLY_FOR_LICENCE,
                Permission.REVIEW_APPLICATION,
                Permission.APPROVE_APPLICATION,
                Permission.SIGN_LICENCE_AS_SUPPLIER,
                Permission.SIGN_LICENCE_AS_BUYER,
            }
        ),
        also=frozenset({"applications", "reviews"}),
    ),
    NavigationItem(
        N_("查询"),
        "queries.index",
        frozenset({Permission.RUN_QUERY}),
        also=frozenset({"policies", "privacy", "extracts"}),
    ),
    NavigationItem(
        N_("单位审核"), "verifications.index", frozenset({Permission.VERIFY_ORGANIZATION})
    ),
    NavigationItem(
        N_("资产"),
        "assets.index",
        frozenset(
            {
                Permission.KEEP_BOOKS,
                Permission.READ_BOOKS,
                Permission.APPRAISE,
                Permission.RECORD_COST,
            }
        ),
        also=frozenset({"appraisals", "books", "costs", "recognitions", "statements"}),
    ),
    NavigationItem(
        N_("账单"),
        "orders.index",
        frozenset({Permission.PLACE_ORDER, Permission.KEEP_BOOKS}),
        also=frozenset({"invoices", "payments"}),
    ),
    NavigationItem(
        N_("收入"),
        "shares.revenue",
        frozenset({Permission.SEE_REVENUE}),
        also=frozenset({"ledger"}),
    ),
    NavigationItem(
        N_("监管"),
        "indicators.board",
        frozenset({Permission.WORK_ALERT, Permission.SEE_TIMELINE}),
        also=frozenset({"alerts", "audit", "interventions", "transparency"}),
    ),
]


def create_app(settings: Settings | None = None, *, opens_process: bool = True) -> Flask:
    """The application. opens_process: False when the caller has connected database and store."""
    settings = settings or Settings.from_environment()
    load_every_table()  # tables refer to each other by name
    app = Flask("wsgi", static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=settings.signing_key,
        SESSION_COOKIE_NAME="market_flow",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.cookies_secure,
        MAX_CONTENT_LENGTH=settings.upload_limit_bytes,
        MAX_FORM_MEMORY_SIZE=FORM_LIMIT,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's default provider
    app.extensions["marketplace_settings"] = settings
    if opens_process:
        app.extensions["marketplace_process"] = startup.open_process(settings)
    if settings.proxies_trusted:
        n = settings.proxies_trusted
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]  # Flask's own way to wrap
    _carry_request_ids(app)
    shell.install(app, NAVIGATION)  # first the language: a refusal is said in it too
    guard.install(app, _load_actor)
    problems.install(app)
    limits.install(app)
    submissions.install(app)
    oidc.install(app, settings)
    oauth.install(app)
    health.install(app, isolation.remark)
    _register(app)
    openapi.install(app)
    return app


def _load_actor(asked: Request) -> Actor | None:
    """A request with credentials of its own is a program's; every other one is a browser's."""
    if asked.authorization is not None:
        return tokens_api.load_actor(asked)
    return accounts_pages.load_actor(asked)


def _register(app: Flask) -> None:
    """Every blueprint and command group."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for group in COMMANDS:
        app.cli.add_command(group)


def _carry_request_ids(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        is_plain = given.isascii() and given.isalnum() and len(given) <= 64
        g.carrying = carrying(given if is_plain else "")
        g.request_id = g.carrying.__enter__()

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        held = g.pop("carrying", None)
        if held is not None:
            held.__exit__(None, None, None)
