"""How often may one address knock? Only where a route says so."""

import math
import time
from dataclasses import dataclass

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from kernel.errors import LimitReached
from kernel.i18n import N_
from kernel.web import problems

# Counted per process: with n web processes an address gets at most n times the limit.
limiter = Limiter(get_remote_address, storage_uri="memory://", default_limits=[])


@dataclass(eq=False)
class TooManyRequests(LimitReached):
    """One address asked too often."""

    code = "too-many-requests"
    message = N_("请求过于频繁。请 {retry_after_seconds} 秒后重试。")

    retry_after_seconds: int


def install(app: Flask) -> None:
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _refuse)


def _refuse(_: RateLimitExceeded) -> ResponseReturnValue:
    current = limiter.current_limit
    seconds = math.ceil(current.reset_at - time.time()) if current else 1
    return problems.refuse(TooManyRequests(max(1, seconds)))
