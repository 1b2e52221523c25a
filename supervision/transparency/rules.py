"""Under which addresses do the tiles of the log lie, and what is in a file that proves one fact?

Source: c2sp.org/tlog-tiles (tiles of 256 hashes, partial tiles, entry bundles) and
c2sp.org/tlog-proof (one fact's proof as a text), version 1.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.i18n import N_, Labelled

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
LEVEL_MOST = 63
ENTRY_BYTES_MOST = 0xFFFF  # an entry bundle gives each entry a 16-bit length
PROOF_HEADING = "c2sp.org/tlog-proof@v1"
GAP_SECONDS = 600  # SU-30: a committed event reaches the log within ten minutes
REGULATOR_SCOPES = frozenset({"data", "price", "cyberspace", "finance"})
_GROUP = 1000  # an index is written in groups of three digits


class FaultKind(Labelled):
    """What can be wrong between the event log, the tree and the checkpoints."""

    EVENT_MISSING = "event_missing", N_("日志里有它的位置，记录却不见了")
    ENTRY_CHANGED = "entry_changed", N_("记录正文与日志里的哈希不符")
    FACT_CHANGED = "fact_changed", N_("记录的各列与其正文不符")
    TREE_CHANGED = "tree_changed", N_("树节点与日志叶算出的不符")
    CHECKPOINT_FALSE = "checkpoint_false", N_("检查点的根或签名与日志不符")
    LATE = "late", N_("记录超过十分钟还没有进入日志")


@dataclass(frozen=True)
class InclusionProof:
    """Event `event_id` is leaf `index` of the log that the checkpoint signs."""

    event_id: str
    index: int
    leaf_hash: bytes
    hashes: tuple[bytes, ...]
    size: int
    checkpoint: str


@dataclass(frozen=True)
class ConsistencyProof:
    """The log of `new` leaves begins with the log of `old` leaves."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True)
class Tile:
    """Up to 256 neighbouring hashes of one tree level. level: in tiles, so 8 tree levels apart."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def tree_level(self) -> int:
        return self.level * TILE_HEIGHT

    @property
    def start(self) -> int:
        """The first position in its tree level."""
        return self.index * TILE_WIDTH

    @property
    def end(self) -> int:
        return self.start + self.width

    @property
    def is_full(self) -> bool:
        return self.width == TILE_WIDTH

    def exists_at(self, size: int) -> bool:
        """Whether a tree of this size has all hashes of the tile."""
        return self.end <= size >> self.tree_level

    def address(self) -> str:
        """Below the log's prefix: tile/<level>/<index>[.p/<width>]."""
        return f"tile/{self.level}/{numbered(self.index, self.width)}"


def numbered(index: int, width: int = TILE_WIDTH) -> str:
    """1234067 -> x001/x234/067; a partial tile adds .p/<width>."""
    groups = [f"{index % _GROUP:03d}"]
    while index := index // _GROUP:
        groups.insert(0, f"x{index % _GROUP:03d}")
    return "/".join(groups) + ("" if width == TILE_WIDTH else f".p/{width}")


def find_tile(level: int, path: str) -> Tile | None:
    """The tile that an address names, or None when the address is not the one spelling of it."""
    name, partial, width = path.partition(".p/")
    digits = name.replace("/x", "/").removeprefix("x").replace("/", "")
    if not (0 <= level <= LEVEL_MOST and _is_number(digits)):
        return None
    if partial and not (_is_number(width) and 0 < int(width) < TILE_WIDTH):
        return None
    tile = Tile(level, int(digits), int(width) if partial else TILE_WIDTH)
    return tile if numbered(tile.index, tile.width) == path else None


def tiles_of(size: int) -> list[Tile]:
    """Every tile of a tree of this size, partial ones at the right edge included."""
    tiles = []
    for level in range(LEVEL_MOST + 1):
        hashes = size >> (level * TILE_HEIGHT)
        if not hashes:
            break
        full, rest = divmod(hashes, TILE_WIDTH)
        tiles += [Tile(level, index) for index in range(full)]
        if rest:
            tiles.append(Tile(level, full, rest))
    return tiles


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def proof_text(index: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """One fact's proof as a .tlog-proof file; the fact itself travels beside it."""
    lines = [PROOF_HEADING, f"index {index}", *(b64encode(value).decode() for value in hashes)]
    return "\n".join(lines) + "\n\n" + checkpoint


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # well below 2**63
