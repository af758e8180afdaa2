"""Rules by place: all near ones are found, and only those, whatever else is on the sheet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.drawing.frame import RuleIndex
from pybase_pipelines.extractors.drawing.sheet import Rule, Sheet

PLACES = st.floats(0, 400, allow_nan=False)


def index_of(rules: list[Rule], width: float = 400, height: float = 400) -> RuleIndex:
    return RuleIndex(rules, Sheet(width, height, (), tuple(rules)))


@given(st.lists(st.builds(Rule, PLACES, PLACES, PLACES, PLACES), max_size=20), PLACES, PLACES)
def test_a_rule_whose_end_is_in_the_box_is_found(rules: list[Rule], x: float, y: float) -> None:
    found = {id(rule) for rule in index_of(rules).near((x - 5, y - 5, x + 5, y + 5))}
    for rule in rules:
        if abs(rule.x0 - x) < 5 and abs(rule.y0 - y) < 5:
            assert id(rule) in found


def test_a_level_rule_is_found_all_along_and_nowhere_else() -> None:
    index = index_of([Rule(350, 100, 10, 100)])
    assert all(list(index.near((x, 98, x + 2, 102))) for x in range(12, 348, 7))
    assert not list(index.near((100, 120, 104, 124)))


def test_one_stray_line_does_not_put_all_others_into_one_place() -> None:
    rules = [Rule(x, y, x + 3, y) for x in range(0, 400, 10) for y in range(0, 400, 10)]
    index = index_of([*rules, Rule(0, 0, 1e9, 1e9)], 1e9, 1e9)
    assert len(list(index.near((200, 200, 210, 210)))) < 30
