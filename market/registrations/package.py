"""What goes to the competent registrar? One ZIP: fields, evidence, papers, hashes, a sheet.

The same application always gives the same bytes. evidence.json is the very text whose SHA-256
was put in evidence; SHA256SUMS can be checked with `sha256sum -c`.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

from market.registrations.models import Registration, RegistrationPaper

NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: nothing depends on it
READABLE = 0o644 << 16


def build_package(
    registration: Registration, papers: Iterable[tuple[RegistrationPaper, bytes]], sheet: str
) -> bytes:
    """The whole package. sheet: the readable application form as HTML."""
    files: dict[str, bytes] = {
        "registration.json": _readable_json(fields_of(registration)),
        "sheet.html": sheet.encode(),
    }
    if registration.evidence is not None:
        files["evidence.json"] = rfc8785.dumps(registration.evidence)
    for number, (paper, content) in enumerate(papers, start=1):
        files[f"papers/{number:02}-{paper.kind}-{_plain(paper.filename)}"] = content
    files["SHA256SUMS"] = _sums(files)
    return _zipped(files)


def fields_of(registration: Registration) -> dict[str, Any]:
    """The fields of a registration by the names of docs/rules/registration.md, section 4."""
    one = registration
    return {
        "reg_type": one.reg_type.value,
        "subject_name": one.subject_name,
        "subject_uscc": one.subject_uscc,
        "subject_kind": one.subject_kind.value,
        "object_kind": one.object_kind.value,
        "object_id": one.object_id,
        "name": one.title,
        "level": one.level.value,
        "personal_info": one.personal_info.value,
        **dict(one.fields),
        "reason": one.reason,
        "evidence_hash": one.evidence_sha256,
        "evidence_time": one.evidenced_at.isoformat() if one.evidenced_at else None,
        "evidence_event_id": one.evidence_event_id,
        "authorization_ids": list(one.authorization_ids),
        "application_id": one.id,
    }


def _readable_json(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def _plain(filename: str) -> str:
    """A name that every system unpacks, letters of any script kept."""
    kept = "".join(c if c.isalnum() or c in "._-" else "_" for c in filename)
    return kept.lstrip(".") or "paper"


def _sums(files: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, NO_TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, READABLE
            archive.writestr(info, files[name])
    return kept.getvalue()
