"""What do people send about themselves, and what are they told?"""

from pydantic import BaseModel, ConfigDict


class Identity(BaseModel):
    """Whom the identity provider vouches for. email: only when the provider has verified it."""

    model_config = ConfigDict(frozen=True)

    subject: str
    name: str
    email: str | None = None
    id_token: str = ""
