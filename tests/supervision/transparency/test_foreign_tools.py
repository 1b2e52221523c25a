"""Do tools that are not ours accept what is true, and refuse what is not?

aics-tlog: `make verifier`. Go: `apt-get install golang-go golang-golang-x-mod-dev`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import ActRefused, EventLog, record
from kernel.settings import Settings
from supervision.transparency import actions, notes, reads
from supervision.transparency.notes import KeyKind, SignedNote, SigningKey
from supervision.transparency.schemas import ProofBundle

ROOT = Path(__file__).parents[3]
VERIFIER = ROOT / "var" / "tools" / "aics-tlog"
GO_PATH = Path("/usr/share/gocode")
HOUSE = Actor.system("test")

needs_aics = pytest.mark.skipif(
    not (VERIFIER / "aics_tlog").is_dir(), reason="aics-tlog is not here: run `make verifier`"
)
needs_go = pytest.mark.skipif(
    not shutil.which("go") or not (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir(),
    reason="Go is not here: apt-get install golang-go golang-golang-x-mod-dev",
)


@dataclass(frozen=True)
class Kept:
    """What a regulator took home: a bundle, the key, and the checkpoint of an earlier day."""

    folder: Path
    row: EventLog

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle.json"

    @property
    def key(self) -> Path:
        return self.folder / "log.key"

    @property
    def old_checkpoint(self) -> Path:
        return self.folder / "old.checkpoint"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    def change(self, **members: object) -> None:
        bundle = json.loads(self.bundle.read_text())
        self.bundle.write_text(json.dumps(bundle | members))


def happen(session: Session, count: int) -> list[EventLog]:
    fact = ActRefused(
        "prd_1", "pricing.set_price", "price-above-cap", "PR-04", "价格 0.81 高于上限 0.80"
    )
    rows = [record(session, HOUSE, fact) for _ in range(count)]
    session.flush()
    return rows


@pytest.fixture
def key(settings: Settings) -> SigningKey:
    return actions.log_key(settings)


@pytest.fixture
def kept(session: Session, tmp_path: Path, key: SigningKey) -> Kept:
    rows = happen(session, 300)
    actions.extend_log(session, HOUSE, key)
    old = reads.get_latest_checkpoint(session).note
    rows += happen(session, 477)
    actions.extend_log(session, HOUSE, key)
    row = rows[423]
    proof = reads.get_inclusion_proof(session, row.id)
    found = Kept(tmp_path, row)
    found.bundle.write_text(ProofBundle.of(row.leaf, proof).model_dump_json())
    found.key.write_text(f"{key.verification_key}\n")
    found.old_checkpoint.write_text(old)
    found.checkpoint.write_text(proof.checkpoint)
    session.commit()
    return found


def aics(*arguments: object) -> tuple[int, dict[str, object]]:
    done = subprocess.run(  # noqa: S603 - a fixed program
        [sys.executable, "-m", "aics_tlog", *map(str, arguments)],
        env={"PYTHONPATH": str(VERIFIER), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def verify_bundle(kept: Kept) -> tuple[int, dict[str, object]]:
    return aics("verify-bundle", "--bundle", kept.bundle, "--vkey-file", kept.key, "--offline")


@needs_aics
def test_aics_accepts_the_proof_of_a_fact(kept: Kept):
    code, report = verify_bundle(kept)

    assert (code, report["ok"], report["index"], report["size"]) == (0, True, 423, 777)


@needs_aics
def test_aics_refuses_a_changed_fact(kept: Kept):
    changed = kept.row.leaf.replace("0.81", "0.79").encode()
    kept.change(entry_bytes=urlsafe_b64encode(changed).rstrip(b"=").decode())

    code, report = verify_bundle(kept)

    assert (code, report["ok"]) == (1, False)
    assert "inclusion" in str(report["error"])


@needs_aics
def test_aics_refuses_another_place_and_another_key(kept: Kept):
    kept.change(index=422)
    moved, _ = verify_bundle(kept)
    kept.change(index=423)
    stranger = SigningKey("public-data-marketplace.example/log", Ed25519PrivateKey.generate())
    kept.key.write_text(str(stranger.verification_key))
    foreign, _ = verify_bundle(kept)

    assert (moved, foreign) == (1, 1)


@needs_aics
def test_aics_finds_that_the_log_only_grew_and_that_a_rewritten_one_did_not(
    kept: Kept, client_as, session: Session, key: SigningKey
):
    command = client_as(None).application.test_cli_runner()
    today = kept.folder / "today"
    assert command.invoke(args=["transparency", "export", str(today)]).exit_code == 0
    arguments = ("verify-consistency", "--tiles", today, "--vkey-file", kept.key)

    grew, report = aics(*arguments, "--old-checkpoint", kept.old_checkpoint)
    head = notes.TreeHead.parse(SignedNote.parse(kept.old_checkpoint.read_text()).text)
    forged = notes.TreeHead(head.origin, head.size, bytes(32)).text()
    kept.old_checkpoint.write_text(str(SignedNote(forged, (notes.sign(forged, key),))))
    rewritten, _ = aics(*arguments, "--old-checkpoint", kept.old_checkpoint)

    assert (grew, report["ok"]) == (0, True)
    assert rewritten == 1


@needs_aics
def test_aics_counts_the_cosignature_of_a_witness(kept: Kept, session: Session):
    witness = SigningKey("witness.example/w1", Ed25519PrivateKey.generate(), KeyKind.WITNESS)
    text = SignedNote.parse(kept.checkpoint.read_text()).text
    line = notes.cosign(text, witness, 1_700_000_000).line()
    arguments = (
        *("verify-checkpoint", "--note", kept.checkpoint, "--vkey-file", kept.key),
        *("--witness-key", witness.verification_key, "--quorum", 1),
    )

    without, _ = aics(*arguments)
    actions.accept_cosignature(session, 777, line, [witness.verification_key])
    kept.checkpoint.write_text(reads.cosigned_note(session, reads.get_latest_checkpoint(session)))
    with_witness, report = aics(*arguments)

    assert (without, with_witness) == (1, 0), report


def go(kept: Kept) -> subprocess.CompletedProcess[str]:
    """Run the program that docs/offline-proof.md tells a regulator to run."""
    page = (ROOT / "docs" / "offline-proof.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```go\n(.*?)```", page, re.DOTALL)
    source = kept.folder / "verify.go"
    source.write_text(program)
    return subprocess.run(  # noqa: S603 - a fixed program
        ["go", "run", source.name, kept.bundle.name, kept.key.name],  # noqa: S607 - whichever Go
        cwd=kept.folder,
        env={
            "PATH": os.environ["PATH"],
            "GO111MODULE": "off",
            "GOPATH": str(GO_PATH),
            "GOCACHE": str(ROOT / "var" / "tools" / "go-cache"),
            "GOFLAGS": "",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@needs_go
def test_the_go_checksum_database_code_accepts_the_proof_and_refuses_a_changed_fact(kept: Kept):
    accepted = go(kept)
    entry = json.loads(kept.bundle.read_text())["entry_bytes"]
    text = urlsafe_b64decode(entry + "=" * (-len(entry) % 4)).decode().replace("0.81", "0.79")
    kept.change(entry_bytes=urlsafe_b64encode(text.encode()).rstrip(b"=").decode())
    refused = go(kept)

    assert accepted.returncode == 0, accepted.stderr
    assert accepted.stdout.startswith("OK: entry 423 of 777 in public-data-marketplace.example/log")
    assert refused.returncode == 1
    assert "REFUSED: invalid transparency proof" in refused.stderr
