"""Does the tree say what RFC 6962 says, whatever its size?"""

from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.transparency import merkle
from supervision.transparency.merkle import Place, Span

SIZES = st.integers(min_value=1, max_value=130)


def entries(size: int) -> list[bytes]:
    return [f"fact {number}".encode() for number in range(size)]


def reference_root(data: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word, over the raw entries."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    split = 1
    while split * 2 < len(data):
        split *= 2
    return sha256(b"\x01" + reference_root(data[:split]) + reference_root(data[split:])).digest()


def reference_path(index: int, data: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(data) == 1:
        return []
    split = 1
    while split * 2 < len(data):
        split *= 2
    if index < split:
        return [*reference_path(index, data[:split]), reference_root(data[split:])]
    return [*reference_path(index - split, data[split:]), reference_root(data[:split])]


def reference_proof(old: int, data: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if old == len(data):
        return [] if whole else [reference_root(data)]
    split = 1
    while split * 2 < len(data):
        split *= 2
    if old <= split:
        return [
            *reference_proof(old, data[:split], whole),
            reference_root(data[split:]),
        ]
    return [
        *reference_proof(old - split, data[split:], False),
        reference_root(data[:split]),
    ]


def stored(data: list[bytes]) -> dict[Place, bytes]:
    return merkle.grow(0, [merkle.leaf_hash(entry) for entry in data], {})


def inclusion(index: int, size: int, nodes: merkle.Nodes) -> list[bytes]:
    return [merkle.span_hash(span, nodes) for span in merkle.inclusion_spans(index, size)]


def consistency(old: int, new: int, nodes: merkle.Nodes) -> list[bytes]:
    return [merkle.span_hash(span, nodes) for span in merkle.consistency_spans(old, new)]


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root():
    assert merkle.root_hash(0, {}) == sha256(b"").digest()


@given(SIZES)
def test_the_root_is_the_one_of_the_standard(size: int):
    data = entries(size)

    assert merkle.root_hash(size, stored(data)) == reference_root(data)


@given(st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=6))
def test_growing_in_batches_stores_the_same_hashes_as_growing_at_once(
    batches: list[int],
):
    data = entries(sum(batches))
    nodes: dict[Place, bytes] = {}
    size = 0

    for batch in batches:
        leaves = [merkle.leaf_hash(entry) for entry in data[size : size + batch]]
        edge = {place: nodes[place] for place in merkle.edge_places(size)}
        nodes |= merkle.grow(size, leaves, edge)
        size += batch

    assert nodes == stored(data)


@given(st.data())
def test_inclusion_proofs_are_those_of_the_standard_and_verify(draw: st.DataObject):
    size = draw.draw(SIZES)
    index = draw.draw(st.integers(min_value=0, max_value=size - 1))
    data = entries(size)

    proof = inclusion(index, size, stored(data))

    assert proof == reference_path(index, data)
    leaf = merkle.leaf_hash(data[index])
    assert merkle.verify_inclusion(leaf, index, size, proof, reference_root(data))


@given(st.data())
def test_consistency_proofs_are_those_of_the_standard_and_verify(draw: st.DataObject):
    new = draw.draw(SIZES)
    old = draw.draw(st.integers(min_value=1, max_value=new))
    data = entries(new)

    proof = consistency(old, new, stored(data))

    assert proof == reference_proof(old, data, True)
    assert merkle.verify_consistency(
        old, new, proof, reference_root(data[:old]), reference_root(data)
    )


@given(st.data())
def test_an_inclusion_proof_holds_for_nothing_but_its_own_leaf_place_and_root(
    draw: st.DataObject,
):
    size = draw.draw(st.integers(min_value=2, max_value=130))
    index = draw.draw(st.integers(min_value=0, max_value=size - 1))
    other = draw.draw(st.integers(min_value=0, max_value=size - 1).filter(lambda i: i != index))
    data = entries(size)
    proof = inclusion(index, size, stored(data))
    leaf, root = merkle.leaf_hash(data[index]), reference_root(data)

    changed = merkle.leaf_hash(data[index] + b"!")
    bent = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]

    assert not merkle.verify_inclusion(changed, index, size, proof, root)
    assert not merkle.verify_inclusion(leaf, other, size, proof, root)
    assert not merkle.verify_inclusion(leaf, index, size, bent, root)
    assert not merkle.verify_inclusion(leaf, index, size, proof[:-1], root)
    assert not merkle.verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not merkle.verify_inclusion(leaf, index, size, proof, reference_root(data[:-1]))


@given(st.data())
def test_a_rewritten_past_has_no_consistency_proof(draw: st.DataObject):
    new = draw.draw(st.integers(min_value=2, max_value=130))
    old = draw.draw(st.integers(min_value=1, max_value=new - 1))
    place = draw.draw(st.integers(min_value=0, max_value=old - 1))
    data = entries(new)
    rewritten = [*data[:place], b"rewritten", *data[place + 1 :]]

    proof = consistency(old, new, stored(rewritten))

    assert not merkle.verify_consistency(
        old, new, proof, reference_root(data[:old]), reference_root(rewritten)
    )


@given(st.data())
def test_a_consistency_proof_with_a_hash_too_many_or_too_few_is_refused(
    draw: st.DataObject,
):
    new = draw.draw(st.integers(min_value=2, max_value=130))
    old = draw.draw(st.integers(min_value=1, max_value=new - 1))
    data = entries(new)
    proof = consistency(old, new, stored(data))
    roots = reference_root(data[:old]), reference_root(data)

    assert not merkle.verify_consistency(old, new, proof[:-1], *roots)
    assert not merkle.verify_consistency(old, new, [*proof, roots[1]], *roots)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (4, 3)])
def test_a_leaf_outside_the_tree_is_never_included(index: int, size: int):
    leaf = merkle.leaf_hash(b"fact 0")

    assert not merkle.verify_inclusion(leaf, index, size, [], leaf)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_sizes_out_of_order_are_never_consistent(old: int, new: int):
    assert not merkle.verify_consistency(old, new, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)


def test_a_tree_is_consistent_with_itself_only_under_the_same_root():
    root, other = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")

    assert merkle.verify_consistency(1, 1, [], root, root)
    assert not merkle.verify_consistency(1, 1, [], root, other)
    assert not merkle.verify_consistency(1, 1, [root], root, root)


def test_a_span_is_made_of_complete_subtrees_largest_first():
    assert Span(0, 11).places() == [Place(3, 0), Place(1, 4), Place(0, 10)]
    assert Span(8, 11).places() == [Place(1, 4), Place(0, 10)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 100, 255, 256, 257])
def test_an_independent_library_computes_the_same_roots_and_accepts_them(size: int):
    data = entries(size)
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in data:
        tree.append_entry(entry)

    nodes = stored(data)

    for part in {1, size // 2 or 1, size}:
        assert tree.get_root(part) == merkle.root_hash(part, nodes)
