"""Which outside services does this machine lack? Starts a stand-in for each, on loopback.

Only what the environment does not configure is stood in for: the identity provider and the
payment provider. The settings that come back find them; `environment` hands them to children.
"""

import secrets
from contextlib import ExitStack

from pydantic import SecretStr

from demo import identity, payment_emulator
from demo.people import PEOPLE
from kernel.settings import Settings

WEBHOOK_PATH = "/webhooks/stripe"


def stand_in(settings: Settings, stack: ExitStack, port: int) -> Settings:
    """Settings in which nothing is missing. port: of the market; the stand-ins take the next two.

    stack: closes the stand-ins.
    """
    found: dict[str, object] = {
        "public_url": f"http://127.0.0.1:{port}",
        "data_folder": settings.data_folder.resolve(),
    }
    if not settings.oidc_issuer:
        secret = settings.oidc_client_secret.get_secret_value()
        provider = identity.running(PEOPLE, settings.oidc_client_id, secret, port + 1)
        found["oidc_issuer"] = stack.enter_context(provider)
    if not settings.stripe_api_key.get_secret_value():
        webhook, secret = f"http://127.0.0.1:{port}{WEBHOOK_PATH}", secrets.token_hex(16)
        emulator = stack.enter_context(
            payment_emulator.run_in_thread(webhook, secret, port=port + 2)
        )
        found["stripe_api_key"] = SecretStr(emulator.api_key)
        found["stripe_api_base"] = emulator.api_base
        found["stripe_webhook_secret"] = SecretStr(secret)
    return settings.model_copy(update=found)


def environment(settings: Settings) -> dict[str, str]:
    """The variables by which a child finds what `stand_in` started."""
    return {
        "PUBLIC_URL": settings.public_url,
        "DATA_FOLDER": str(settings.data_folder),
        "OIDC_ISSUER": settings.oidc_issuer,
        "STRIPE_API_KEY": settings.stripe_api_key.get_secret_value(),
        "STRIPE_API_BASE": settings.stripe_api_base,
        "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret.get_secret_value(),
    }
