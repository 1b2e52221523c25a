"""Who holds a signed address may fetch the file: ranges, HEAD and repeated reads included."""

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from kernel import objects
from kernel.errors import NotFound
from kernel.web.guard import public

bp = Blueprint("objects", __name__)


@bp.get("/objects/<token>/<path:filename>")
@public
def fetch(token: str, filename: str) -> ResponseReturnValue:
    """A file of the local store. With a bucket store, addresses lead to the bucket itself."""
    del filename  # stands in the address for people; the signed one counts
    store = objects.store()
    if not isinstance(store, objects.LocalStore):
        raise NotFound
    path, name = store.resolve(token)
    return send_file(path, as_attachment=True, download_name=name, conditional=True)
