"""How is this installation configured? By environment variables only, read once, here."""

import secrets
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything an operator of this software may set. docs/settings.md explains each line."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=False)

    data_folder: Path = Field(
        Path("var"), description="Where the embedded database, objects, keys and logs are kept."
    )
    database_url: str = Field(
        "", description="PostgreSQL 15+ for the application; empty starts the embedded server."
    )
    database_owner_url: str = Field(
        "", description="The same database as the owner of its tables (migrations only)."
    )
    database_pool_size: int = Field(8, ge=1, le=200, description="Connections kept per process.")
    celery_broker_url: str = Field(
        "", description="redis://… or amqp://…; empty runs one worker child with its own queue."
    )
    stripe_api_key: SecretStr = Field(
        SecretStr(""), description="Secret key; empty uses the local emulator."
    )
    stripe_api_base: str = Field("", description="Address of the payment API; empty is Stripe's.")
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Signs incoming webhooks (whsec_…)."
    )
    oidc_issuer: str = Field("", description="OpenID Connect issuer; empty uses the demo provider.")
    oidc_client_id: str = Field("marketplace", description="Client id at that issuer.")
    oidc_client_secret: SecretStr = Field(SecretStr("marketplace"), description="Its secret.")
    object_store_url: str = Field(
        "", description="s3://bucket/prefix; empty keeps objects in a folder below data_folder."
    )
    s3_endpoint_url: str = Field("", description="For S3-compatible stores other than AWS.")
    public_url: str = Field(
        "http://127.0.0.1:8000", description="The address people and webhooks reach this server at."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs cookies and addresses; empty keeps one in data_folder."
    )
    log_origin: str = Field(
        "public-data-marketplace.example/log", description="Name of the transparency log."
    )
    log_key_file: str = Field(
        "", description="Ed25519 key of the log; empty keeps one in data_folder."
    )
    log_witnesses: str = Field(
        "", description="Verification keys of the log's witnesses, separated by spaces."
    )
    jurisdiction: str = Field("national", description="Which configured rules and numbers apply.")
    is_registrar: bool = Field(
        False,
        description="This installation is the competent registrar's: it gives registration codes.",
    )
    upload_limit_bytes: int = Field(
        2_000_000_000, ge=1, description="A file of this size or more is refused before it is read."
    )
    proxies_trusted: int = Field(
        0,
        ge=0,
        le=5,
        description="Reverse proxies in front: so many X-Forwarded-* entries are believed.",
    )
    cookies_secure: bool = Field(
        False, description="Set when served over https: cookies then never travel in clear."
    )

    @classmethod
    def from_environment(cls) -> Self:
        return cls()

    @cached_property
    def signing_key(self) -> str:
        """The secret for cookies and addresses; made once and kept 0600 when not configured."""
        configured = self.secret_key.get_secret_value()
        return configured or kept_secret(self.data_folder / "keys" / "secret_key")

    @property
    def log_key_path(self) -> Path:
        return Path(self.log_key_file or self.data_folder / "keys" / "log_key")


_in_use: Settings | None = None


def use(settings: Settings) -> None:
    """Make these the settings of this process (composition roots and tests)."""
    global _in_use  # noqa: PLW0603 - one process, one configuration
    _in_use = settings


def in_use() -> Settings:
    """The settings of this process, for tasks and commands. Raises RuntimeError before use()."""
    if _in_use is None:
        raise RuntimeError("no settings: a composition root calls kernel.settings.use first")
    return _in_use


def kept_secret(path: Path) -> str:
    """Read a secret file, or make it (0600) with 32 random bytes in hex. Safe beside others."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
