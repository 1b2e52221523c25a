"""Stand-ins start only for what is not configured, and are found by what they hand on."""

from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from demo import neighbours
from demo.ports import free_near
from kernel.settings import Settings


def test_what_is_missing_is_stood_in_for(tmp_path: Path) -> None:
    with ExitStack() as stack:
        found = neighbours.stand_in(Settings(data_folder=tmp_path), stack, free_near(0))

        provider = requests.get(f"{found.oidc_issuer}/.well-known/openid-configuration", timeout=5)
        payments = requests.get(
            f"{found.stripe_api_base}/v1/payment_intents/pi_unknown",
            auth=(found.stripe_api_key.get_secret_value(), ""),
            timeout=5,
        )
        assert provider.json()["issuer"] == found.oidc_issuer
        assert payments.status_code == 404
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{found.oidc_issuer}/jwks", timeout=5)


def test_what_is_configured_is_left_alone(tmp_path: Path) -> None:
    given = Settings(
        data_folder=tmp_path,
        oidc_issuer="https://login.example",
        stripe_api_key=SecretStr("sk_test_given"),
        stripe_webhook_secret=SecretStr("whsec_given"),
    )

    with ExitStack() as stack:
        found = neighbours.stand_in(given, stack, 8000)

    assert found.oidc_issuer == "https://login.example"
    assert found.stripe_api_key == given.stripe_api_key
    assert found.stripe_api_base == ""
    assert found.public_url == "http://127.0.0.1:8000"


def test_a_child_reads_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        found = neighbours.stand_in(Settings(data_folder=tmp_path), stack, free_near(0))
        for name, value in neighbours.environment(found).items():
            monkeypatch.setenv(name, value)

        assert Settings.from_environment() == found
