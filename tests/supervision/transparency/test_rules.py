"""Are the tiles where the standard says, and nowhere else?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.transparency import rules
from supervision.transparency.rules import Tile


def test_indices_are_written_in_groups_of_three_digits():
    assert rules.numbered(0) == "000"
    assert rules.numbered(67) == "067"
    assert rules.numbered(1000) == "x001/000"
    assert rules.numbered(1234067) == "x001/x234/067"
    assert rules.numbered(1234067, 5) == "x001/x234/067.p/5"


@given(
    st.builds(
        Tile,
        st.integers(min_value=0, max_value=63),
        st.integers(min_value=0, max_value=10**15),
        st.integers(min_value=1, max_value=256),
    )
)
def test_every_tile_is_found_under_its_address(tile: Tile):
    level, _, path = tile.address().removeprefix("tile/").partition("/")

    assert rules.find_tile(int(level), path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "00",
        "0000",
        "x000/067",
        "x001/0670",
        "001/067",
        "x001/x067",
        "067.p/0",
        "067.p/256",
        "067.p/05",
        "067.p/",
        "067.p/x",
        "067.q/5",
        "٠٦٧",
        "../067",
        "-67",
        "x" * 10_000,
    ],
)
def test_another_spelling_of_an_address_finds_nothing(path: str):
    assert rules.find_tile(0, path) is None


def test_levels_beyond_the_standard_find_nothing():
    assert rules.find_tile(63, "000") == Tile(63, 0)
    assert rules.find_tile(64, "000") is None
    assert rules.find_tile(-1, "000") is None


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_standards_example():
    tiles = rules.tiles_of(70_000)

    full = [tile for tile in tiles if tile.is_full]
    assert len([tile for tile in full if tile.level == 0]) == 273
    assert len([tile for tile in full if tile.level == 1]) == 1
    partial = [(tile.level, tile.width) for tile in tiles if not tile.is_full]
    assert partial == [(0, 112), (1, 17), (2, 1)]


def test_a_tree_of_256_has_one_full_tile_and_a_narrow_one_above():
    assert rules.tiles_of(256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert rules.tiles_of(255) == [Tile(0, 0, 255)]
    assert rules.tiles_of(0) == []


def test_a_tile_exists_as_soon_as_the_tree_reaches_its_end():
    assert Tile(1, 0, 2).exists_at(512)
    assert not Tile(1, 0, 2).exists_at(511)


def test_entries_are_bundled_behind_their_lengths():
    assert rules.entry_bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"


def test_a_proof_is_written_as_the_standard_says():
    said = rules.proof_text(3, [b"\x00" * 32], "log\n4\nroot\n\n— log x\n")

    assert said == (
        "c2sp.org/tlog-proof@v1\nindex 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
        "log\n4\nroot\n\n— log x\n"
    )
