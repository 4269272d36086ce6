"""However a list is grouped and whatever the size of a page: nothing is lost, doubled or moved, and every page knows the others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fengpu.derive.leaf import Group, leaves

GROUPS = st.lists(st.integers(0, 12), max_size=8)
SIZES = st.integers(1, 9)


def grouped(lengths: list[int]) -> list[Group[str]]:
    return [Group(f"g{number}", f"组{number}", tuple(f"{number}/{item}" for item in range(length))) for number, length in enumerate(lengths)]


@given(GROUPS, SIZES)
def test_the_leaves_together_are_the_list(lengths: list[int], size: int) -> None:
    groups = grouped(lengths)
    made = list(leaves("key", groups, size))
    everything = [item for group in groups for item in group.items]
    assert [item for leaf in made for item in leaf.items] == everything
    assert all(len(leaf.items) == size for leaf in made[:-1])
    assert len(made[-1].items) <= size
    assert len(made) == 1 or made[-1].items, "There is an empty page at the end."
    for leaf in made:
        assert everything[leaf.first - 1 : leaf.first - 1 + len(leaf.items)] == list(leaf.items) or not everything
        assert leaf.total == len(everything)


@given(GROUPS, SIZES)
def test_every_leaf_knows_its_place(lengths: list[int], size: int) -> None:
    made = list(leaves("key", grouped(lengths), size))
    assert [leaf.number for leaf in made] == list(range(1, len(made) + 1))
    assert {leaf.last for leaf in made} == {len(made)}
    assert [leaf.here for leaf in made] == ["key", *(f"key/{number}" for number in range(2, len(made) + 1))]
    assert all(leaf.several == (len(made) > 1) for leaf in made)


@given(GROUPS, SIZES)
def test_sections_carry_on_and_contents_lead_to_their_beginning(lengths: list[int], size: int) -> None:
    groups = grouped(lengths)
    made = list(leaves("key", groups, size))
    begun: dict[str, int] = {}
    for leaf in made:
        for section in leaf.sections:
            assert section.items, "A heading stands over nothing."
            assert set(section.items) <= set(section.group.items)
            assert section.continued == (section.group.id in begun)
            begun.setdefault(section.group.id, leaf.number)
        assert {group.id: number for group, number in leaf.contents} == {group.id: number for group, number in made[0].contents}
    assert {group.id: number for group, number in made[0].contents} == begun
    assert list(begun) == [group.id for group in groups if group.items]
