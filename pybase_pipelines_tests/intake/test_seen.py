"""What a walk has seen: never a key too few, seldom one too many, and no larger for longer keys."""

from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.intake.seen import LEAST_BYTES, MOST_BYTES, SeenKeys


@given(st.lists(st.text(), max_size=50))
def test_a_key_that_was_seen_is_never_forgotten(keys):
    seen = SeenKeys.make(0, "walk")
    for key in keys:
        seen.add(key)
    assert all(key in seen for key in keys)


def test_fewer_than_one_in_a_thousand_is_taken_for_seen_and_another_walk_tells():
    first, second = SeenKeys.make(50_000, "first"), SeenKeys.make(50_000, "second")
    for n in range(50_000):
        first.add(f"in/{n}.pdf")
        second.add(f"in/{n}.pdf")
    strangers = [f"out/{n}.pdf" for n in range(20_000)]
    wrong = [key for key in strangers if key in first]
    assert len(wrong) < 20
    assert not any(key in second for key in wrong)


def test_what_was_seen_survives_a_restart_and_a_damaged_file_is_no_memory(tmp_path):
    file = tmp_path / "walks" / "a.seen"
    seen = SeenKeys.make(10, "walk")
    seen.add("in/1.pdf")
    seen.pages = 7
    seen.save(file)
    back = SeenKeys.load(file, "walk")
    assert back is not None
    assert ("in/1.pdf" in back, "in/2.pdf" in back, back.pages) == (True, False, 7)
    file.write_bytes(file.read_bytes()[:100])
    assert SeenKeys.load(file, "walk") is None
    assert SeenKeys.load(tmp_path / "missing", "walk") is None


def test_the_memory_is_bounded_whatever_the_bucket_holds(tmp_path):
    sizes = []
    for expected in (0, 10**12):
        SeenKeys.make(expected, "walk").save(tmp_path / "file")
        sizes.append((tmp_path / "file").stat().st_size - 8)
    assert sizes == [LEAST_BYTES, MOST_BYTES]
