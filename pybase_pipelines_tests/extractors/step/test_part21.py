"""The reader of STEP text."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from pybase_pipelines.extractors.step.part21 import Enumeration, Reference, Typed, plain_number, read_part21
from pybase_pipelines_tests.extractors.step.files import END, step_text


def only(statement: str):
    file = read_part21(step_text(statement))
    (number,) = file.spans
    return file.get(number)


def test_every_kind_of_value_is_read() -> None:
    record = only("#1=A('x',$,*,#7,.MILLI.,-1.5E-3,12,(1.,(2.)),LENGTH_MEASURE(3.),\"0F\");").record("A")
    assert record.text(0) == "x"
    assert record[1] is record[2] is None
    assert record.reference(3) == 7
    assert record.enumeration(4) == "MILLI"
    assert record.number(5) == -0.0015
    assert record[6] == 12
    assert record.items(7).items(1).number(0) == 2.0
    assert record[8] == Typed("LENGTH_MEASURE", [3.0])
    assert record.number(8) == 3.0
    assert isinstance(record[3], Reference)
    assert isinstance(record[4], Enumeration)


def test_a_complex_instance_is_found_under_each_of_its_entities() -> None:
    file = read_part21(step_text("#5=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));"))
    assert [i.id for i in file.of("SI_UNIT")] == [i.id for i in file.of("LENGTH_UNIT")] == [5]
    assert next(file.of("SI_UNIT")).record("SI_UNIT").enumeration(1) == "METRE"


def test_a_typed_value_is_no_entity_in_the_census() -> None:
    file = read_part21(step_text("#5=(LENGTH_MEASURE_WITH_UNIT()MEASURE_WITH_UNIT(LENGTH_MEASURE(3.),#1));"))
    assert set(file.by_type) == {"LENGTH_MEASURE_WITH_UNIT", "MEASURE_WITH_UNIT"}


def test_signs_of_the_syntax_inside_strings_do_not_count() -> None:
    record = only("#1=A('a;b (#9) /','it''s, ''#2=B();''');").record("A")
    assert record.text(0) == "a;b (#9) /"
    assert record.text(1) == "it's, '#2=B();'"


def test_comments_line_ends_and_spaces_are_no_obstacle() -> None:
    text = step_text("#1 = /* why (not; */ A ( 'x' , /* '#2=' */ #2 ) ;", "#2=B();").replace("\n", "\r")
    file = read_part21(text)
    assert list(file.spans) == [1, 2]
    assert file.unreadable == []
    assert file.get(1).record("A").reference(1) == 2


def test_an_unterminated_string_costs_its_statement_and_no_other() -> None:
    file = read_part21(step_text("#1=A('fine');", "#2=A('never closed,#1);", "#3=A('fine');", "#4=A('too');"))
    assert list(file.spans) == [1, 3, 4]
    assert "line 9" in file.unreadable[0]


def test_the_line_of_what_cannot_be_read_is_told() -> None:
    file = read_part21(step_text("#1=A();", "complete nonsense", "#2=A();"))
    assert file.unreadable == ["line 9: complete nonsense"]
    assert list(file.spans) == [1, 2]


def test_a_number_used_twice_keeps_the_first_and_is_told() -> None:
    file = read_part21(step_text("#1=A('first');", "#1=A('second');"))
    assert file.get(1).record("A").text(0) == "first"
    assert file.duplicates == [1]


def test_references_to_nothing_are_found_but_not_in_strings() -> None:
    file = read_part21(step_text("#1=A('see #77',#2,(#3,#99));", "#2=B(#1);", "#3=C();"))
    assert file.dangling() == [99]


def test_parentheses_without_end_are_refused_before_they_cost_anything() -> None:
    file = read_part21(step_text("#1=A(" + "(" * 100_000 + ")" * 100_000 + ");", "#2=B();"))
    assert file.get(1) is None
    assert "deeper than" in file.unreadable[0]
    assert file.get(2) is not None


def test_unbalanced_parentheses_make_one_instance_unreadable() -> None:
    file = read_part21(step_text("#1=A((1,2);", "#2=B(1));", "#3=C();"))
    assert file.get(1) is None
    assert file.get(2) is None
    assert file.get(3) is not None
    assert len(file.unreadable) == 2


def test_a_number_that_no_computer_can_hold_is_left_out() -> None:
    assert only("#1=A(1E400);").record("A").number(0) is None
    assert only("#1=A(" + "9" * 5000 + ");").record("A").number(0) is None
    assert plain_number(Typed("X", only("#1=A(2);").record("A"))) == 2.0


def test_a_missing_end_is_known() -> None:
    assert read_part21(step_text("#1=A();")).is_complete
    cut = read_part21(step_text("#1=A();", "#2=A('x'", end=""))
    assert not cut.is_complete
    assert list(cut.spans) == [1]


def test_several_data_sections_are_one_file() -> None:
    file = read_part21(step_text("#1=A();", "ENDSEC;", "DATA('two',('X'));", "#2=A();"))
    assert list(file.spans) == [1, 2]
    assert file.unreadable == []


def test_a_short_record_gives_nothing_instead_of_an_error() -> None:
    record = only("#1=A();").record("A")
    assert record.text(3) is record.number(0) is record.reference(9) is record.at(2) is None
    assert record.items(1) == []


def test_a_hundred_thousand_entities_take_about_a_second_at_most() -> None:
    text = step_text(*(f"#{n}=CARTESIAN_POINT('',(1.5,-2.5,{n}.));" for n in range(1, 100_001)))
    started = time.perf_counter()
    file = read_part21(text)
    assert len(file.spans) == 100_000
    assert file.dangling() == []
    assert time.perf_counter() - started < 5


def test_text_made_to_be_slow_is_not() -> None:
    started = time.perf_counter()
    read_part21(step_text("#1=A(" * 50_000, end=""))
    read_part21(step_text("#1=A('" * 50_000, end=""))
    assert time.perf_counter() - started < 5


PIECES = st.sampled_from(
    [
        "#1",
        "#2",
        "=",
        "A",
        "(",
        ")",
        ";",
        "'",
        ",",
        "$",
        ".T.",
        "1.",
        "1E999",
        "/*",
        "*/",
        "\n",
        "''",
        "ENDSEC;",
        "Ø",
        "\\X2\\",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_no_text_makes_the_reader_raise(pieces: list[str]) -> None:
    file = read_part21(step_text("".join(pieces), end=END))
    for number in file.spans:
        file.get(number)
    file.dangling()
