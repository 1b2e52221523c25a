"""Whom does the identity provider vouch for? The only module that signs people in by OpenID.

Authorization code flow with PKCE (S256), nonce and state; the provider is found by discovery.
Every call here goes out over the network: no transaction may be open around it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, current_app
from flask import session as flow
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from kernel.errors import Conflict, NotAllowed, Unavailable
from kernel.i18n import N_
from kernel.settings import Settings
from market.accounts.schemas import Identity

EXTENSION = "marketplace_identity_provider"
TIMEOUT_SECONDS = 10
SCOPE = "openid profile email"
NAME_LENGTH = 80
BEGUN_AT_ONCE = 5  # sign-ins one browser may have begun in several tabs: its cookie holds 4 KB
STATE_PREFIX = "_state_provider_"
_log = structlog.get_logger()


@dataclass(eq=False)
class IdentityProviderMissing(Unavailable):
    """No OpenID issuer is configured."""

    code = "identity-provider-missing"
    message = N_("本系统尚未配置统一身份平台，暂不能登录。请联系系统管理员。")


@dataclass(eq=False)
class IdentityProviderDown(Unavailable):
    """The identity provider does not answer, or answers nonsense."""

    code = "identity-provider-down"
    message = N_("统一身份平台暂时没有响应，登录没有完成。已填内容不会丢失，请稍后重试。")


@dataclass(eq=False)
class SignInCancelled(Conflict):
    """The person chose not to sign in, at the provider."""

    code = "sign-in-cancelled"
    message = N_("您在统一身份平台取消了登录。需要时请重新登录。")


@dataclass(eq=False)
class SignInStale(Conflict):
    """The answer belongs to no sign-in that this browser began, or was used before."""

    code = "sign-in-stale"
    message = N_("这次登录已过期或已用过。请重新登录。")


@dataclass(eq=False)
class SignInRefused(NotAllowed):
    """What the provider sent does not prove who this is."""

    code = "sign-in-refused"
    message = N_(
        "统一身份平台的答复未通过验证，登录没有完成。请重新登录；若再次出现，请联系系统管理员。"
    )


def install(app: Flask, settings: Settings) -> None:
    """Prepare the relying party; nothing is asked of the provider yet."""
    if not settings.oidc_issuer:
        return
    issuer = settings.oidc_issuer.rstrip("/")
    app.extensions[EXTENSION] = OAuth(app).register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_SECONDS,
        },
    )


def is_configured() -> bool:
    return EXTENSION in current_app.extensions


def lead_to_provider(back: str) -> ResponseReturnValue:
    """A redirect to the provider; the state, nonce and verifier stay in a signed cookie.

    Raises: IdentityProviderMissing, IdentityProviderDown.
    """
    _forget_abandoned()
    with _answering():
        _check_issuer()
        answer: ResponseReturnValue = _provider().authorize_redirect(back)
    return answer


def finish() -> Identity:
    """Whom the provider vouches for, from the answer that this browser brought back.

    Raises: SignInCancelled, SignInStale, SignInRefused, IdentityProviderDown.
    """
    with _answering():
        token: dict[str, Any] = _provider().authorize_access_token()
    claims = token.get("userinfo")
    if not claims or not claims.get("sub"):
        raise SignInRefused
    return _identity(claims, token["id_token"])


@dataclass(frozen=True)
class Farewell:
    """Where the provider ends its own sign-in ("" when nowhere), and whether it answered."""

    address: str
    is_reachable: bool


def farewell(id_token: str, back: str) -> Farewell:
    """Who signs out here has signed out here, whether or not the provider answers."""
    try:
        metadata = _provider().load_server_metadata()
        if not id_token or not metadata.get("end_session_endpoint"):
            return Farewell("", is_reachable=True)
        made = _provider().create_logout_url(
            post_logout_redirect_uri=back,
            id_token_hint=id_token,
            client_id=_provider().client_id,
        )
    except (IdentityProviderMissing, RequestException, ValueError) as error:
        _log.warning("sign_out_stays_here", error=repr(error))
        return Farewell("", is_reachable=False)
    flow["sign_out_state"] = made["state"]
    return Farewell(str(made["url"]), is_reachable=True)


def _provider() -> Any:
    provider = current_app.extensions.get(EXTENSION)
    if provider is None:
        raise IdentityProviderMissing
    return provider


def _check_issuer() -> None:
    """OpenID Connect Discovery 4.3: the document must speak of the issuer it was fetched from."""
    settings: Settings = current_app.extensions["marketplace_settings"]
    named = str(_provider().load_server_metadata().get("issuer", ""))
    if named.rstrip("/") != settings.oidc_issuer.rstrip("/"):
        _log.error("issuer_differs", configured=settings.oidc_issuer, named=named)
        raise SignInRefused


def _forget_abandoned() -> None:
    begun = [name for name in flow if name.startswith(STATE_PREFIX)]
    begun.sort(key=lambda name: float(flow[name].get("exp", 0)))
    for name in begun[: max(0, len(begun) - BEGUN_AT_ONCE + 1)]:
        flow.pop(name)


def _identity(claims: Any, id_token: str) -> Identity:
    """Only an address that the provider has verified counts: invitations may name one."""
    subject = str(claims["sub"])
    name = str(claims.get("name") or claims.get("preferred_username") or subject)
    is_verified = claims.get("email_verified") is True
    return Identity(
        subject=subject,
        name=name[:NAME_LENGTH],
        email=str(claims["email"]).lower() if is_verified and claims.get("email") else None,
        id_token=id_token,
    )


@contextmanager
def _answering() -> Iterator[None]:
    """Say in our own words what went wrong between here and the provider."""
    try:
        yield
    except OAuthError as error:
        _log.warning("sign_in_failed", error=error.error, description=error.description)
        if error.error == "access_denied":
            raise SignInCancelled from error
        if error.error in {"mismatching_state", "invalid_grant"}:
            raise SignInStale from error
        raise SignInRefused from error
    except (JoseError, AuthlibBaseError) as error:
        _log.warning("sign_in_failed", error=repr(error))
        raise SignInRefused from error
    except (RequestException, ValueError, RuntimeError) as error:
        # ValueError: no JSON; RuntimeError: Authlib misses an endpoint in the metadata.
        _log.error("identity_provider_down", error=repr(error))
        raise IdentityProviderDown from error
