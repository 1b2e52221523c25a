"""Does a tool that is not ours accept a proof of the log? Runs aics-tlog, as a regulator would.

`make demo` and `make verifier` install it into var/tools, apart from our own packages.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

VERIFIER = Path(__file__).resolve().parent.parent / "var" / "tools" / "aics-tlog"
PATIENCE_SECONDS = 60


class VerifierMissing(RuntimeError):
    """The foreign tool is not installed."""

    def __init__(self) -> None:
        super().__init__("aics-tlog is not here: run `make verifier`")


@dataclass(frozen=True)
class ForeignVerdict:
    """What the tool said. size: of the log that the checkpoint signs."""

    is_accepted: bool
    index: int | None
    size: int | None
    error: str


def check(bundle: str, key: str) -> ForeignVerdict:
    """Check a proof bundle offline under a verification key.

    bundle: the JSON of /api/audit/events/<id>/bundle; key: the text of /log/key.
    Raises: VerifierMissing.
    """
    if not (VERIFIER / "aics_tlog").is_dir():
        raise VerifierMissing
    with tempfile.TemporaryDirectory() as folder:
        bundle_file, key_file = Path(folder) / "proof.json", Path(folder) / "log.key"
        bundle_file.write_text(bundle, encoding="utf-8")
        key_file.write_text(key, encoding="utf-8")
        return _run("verify-bundle", "--bundle", bundle_file, "--vkey-file", key_file, "--offline")


def _run(*arguments: object) -> ForeignVerdict:
    done = subprocess.run(  # noqa: S603 - a fixed program with files of ours
        [sys.executable, "-m", "aics_tlog", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(VERIFIER)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    try:
        said = json.loads(done.stdout)
    except json.JSONDecodeError:
        return ForeignVerdict(False, None, None, done.stderr.strip())
    is_accepted = done.returncode == 0 and said.get("ok") is True
    return ForeignVerdict(is_accepted, said.get("index"), said.get("size"), said.get("error") or "")
