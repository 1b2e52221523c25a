"""What does a tree of hashes say about a list of facts? RFC 6962 / RFC 9162, pure.

A log of n leaves has one root. Every complete subtree is stored once, under its place (level,
position): it covers the 2**level leaves from position * 2**level on. Everything else (roots,
proofs) is folded from at most a few dozen stored hashes. The functions come in pairs: one names
the places it needs, the other takes their hashes, so that a caller reads them in one query.

Source: RFC 6962 section 2.1; RFC 9162 sections 2.1.3.2 and 2.1.4.2 for the verifications.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
_LEAF = b"\x00"
_NODE = b"\x01"


class Place(NamedTuple):
    """Where a complete subtree stands: it covers 2**level leaves."""

    level: int
    position: int


@dataclass(frozen=True)
class Span:
    """The leaves [start, end) below one node of some tree; start is aligned as RFC 6962 splits."""

    start: int
    end: int

    def places(self) -> list[Place]:
        """The complete subtrees that make up this span, from left (largest) to right."""
        places = []
        start = self.start
        while start < self.end:
            level = (self.end - start).bit_length() - 1
            places.append(Place(level, start >> level))
            start += 1 << level
        return places

    def halves(self) -> tuple["Span", "Span"]:
        """Left: the largest power of two smaller than the whole; right: the rest."""
        middle = self.start + (1 << ((self.end - self.start - 1).bit_length() - 1))
        return Span(self.start, middle), Span(middle, self.end)


Nodes = Mapping[Place, bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(_NODE + left + right).digest()


def span_hash(span: Span, nodes: Nodes) -> bytes:
    """The hash over one span, folded from its complete subtrees."""
    hashes = [nodes[place] for place in span.places()]
    folded = hashes.pop()
    while hashes:
        folded = node_hash(hashes.pop(), folded)
    return folded


def needed_places(spans: Iterable[Span]) -> set[Place]:
    """Every stored hash that `span_hash` will ask for."""
    return {place for span in spans for place in span.places()}


def root_hash(size: int, nodes: Nodes) -> bytes:
    """The root of the first `size` leaves. nodes: at least `Span(0, size).places()`."""
    return span_hash(Span(0, size), nodes) if size else EMPTY_ROOT


def edge_places(size: int) -> list[Place]:
    """The complete subtrees at the right edge: all that is needed to append to `size` leaves."""
    return Span(0, size).places()


def grow(size: int, leaves: Sequence[bytes], edge: Nodes) -> dict[Place, bytes]:
    """Every complete subtree that appears when leaf hashes are appended, level 0 included.

    edge: the hashes at `edge_places(size)`.
    """
    known = dict(edge)
    grown: dict[Place, bytes] = {}
    for index, leaf in enumerate(leaves, start=size):
        place, value = Place(0, index), leaf
        known[place] = grown[place] = value
        while place.position % 2:
            value = node_hash(known[Place(place.level, place.position - 1)], value)
            place = Place(place.level + 1, place.position // 2)
            known[place] = grown[place] = value
    return grown


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The siblings on the way from leaf `index` up to the root of `size` leaves.

    index: 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError("a leaf lies inside its tree")
    siblings = []
    span = Span(0, size)
    while span.end - span.start > 1:
        left, right = span.halves()
        span, sibling = (left, right) if index < left.end else (right, left)
        siblings.append(sibling)
    return siblings[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """What shows that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    old: 1 <= old <= new. Equal sizes need no proof: an empty list.
    """
    if not 1 <= old <= new:
        raise ValueError("a tree is compared with a later, not smaller one")
    proof = []
    span = Span(0, new)
    whole_old = True  # the span reaching `old` is still the whole old tree: the verifier has it
    while span.end != old:
        left, right = span.halves()
        if old <= left.end:
            proof.append(right)
            span = left
        else:
            proof.append(left)
            span = right
            whole_old = False
    if not whole_old:
        proof.append(span)
    return proof[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """The leaf hash stands at `index` of the tree of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            value = node_hash(sibling, value)
            place, last = _skip_while(place, last, lambda at: at % 2 == 0 and at != 0)
        else:
            value = node_hash(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """The tree of `old` leaves with one root is the beginning of the tree of `new` leaves."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = _skip_while(old - 1, new - 1, lambda at: at % 2 == 1)
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old_value = node_hash(sibling, old_value)
            new_value = node_hash(sibling, new_value)
            place, last = _skip_while(place, last, lambda at: at % 2 == 0 and at != 0)
        else:
            new_value = node_hash(new_value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old_value == old_root and new_value == new_root


def _skip_while(place: int, last: int, climbs: Callable[[int], bool]) -> tuple[int, int]:
    """Climb levels on which this edge of the tree has no sibling."""
    while climbs(place):
        place, last = place >> 1, last >> 1
    return place, last
