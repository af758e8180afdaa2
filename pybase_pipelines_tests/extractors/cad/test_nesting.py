"""Nested blocks by arithmetic."""

from __future__ import annotations

from pybase_pipelines.extractors.cad.nesting import count_instances, flatten, measure, measure_blocks, order_blocks
from pybase_pipelines.extractors.cad.scene import Affine, Placement, Run, Scene


def _scene(*inserted: str, **more: Placement) -> Scene:
    scene = Scene()
    for name in inserted:
        scene.add_placement(Placement(name, Affine()))
    for placement in more.values():
        scene.add_placement(placement)
    return scene


def test_ten_levels_of_ten_inserts_are_counted_without_being_drawn() -> None:
    blocks = {f"level{n}": _scene(*[f"level{n + 1}"] * 10) for n in range(10)}
    blocks["level10"] = Scene()
    counts = count_instances(_scene("level0"), blocks, order_blocks(blocks))
    assert counts["level10"] == 10**10


def test_a_block_that_inserts_itself_is_named_and_not_followed() -> None:
    blocks = {"a": _scene("b"), "b": _scene("a"), "c": _scene("c")}
    nesting = order_blocks(blocks)
    assert set(nesting.circles) == {("b", "a"), ("c", "c")}
    assert count_instances(_scene("a"), blocks, nesting)["b"] == 1


def test_a_chain_of_five_thousand_blocks_needs_no_recursion() -> None:
    blocks = {f"b{n}": _scene(f"b{n + 1}") for n in range(5_000)}
    blocks["b5000"] = Scene()
    assert order_blocks(blocks).order[0] == "b5000"


def test_an_array_counts_each_cell_and_its_box_needs_only_the_corners() -> None:
    blocks = {"tile": Scene()}
    blocks["tile"].add_line(0, 0, 1, 1)
    root = _scene(array=Placement("tile", Affine(), columns=32767, rows=32767, step=(2.0, 3.0)))
    nesting = order_blocks(blocks)
    assert count_instances(root, blocks, nesting)["tile"] == 32767**2
    assert measure(root, measure_blocks(blocks, nesting)) == (0.0, 0.0, 32766 * 2 + 1.0, 32766 * 3 + 1.0)


def test_lettering_of_nested_blocks_lands_where_it_is_drawn() -> None:
    inner = Scene()
    inner.add_run(Run("A4", 1.0, 2.0, 0.5))
    blocks = {"stamp": inner, "frame": _scene(s=Placement("stamp", Affine(e=10, f=20)))}
    flat = flatten(_scene(f=Placement("frame", Affine(a=2, d=2))), blocks, 100, 100)
    ((run, place),) = flat.runs
    assert place.apply(run.x, run.y) == (22.0, 44.0)
    assert not flat.is_cut


def test_a_flood_of_lettering_is_cut_and_says_so() -> None:
    scene = Scene(runs=[Run("x", 0, 0, 1)] * 50)
    blocks = {"many": scene}
    flat = flatten(_scene(*["many"] * 50), blocks, 100, 100)
    assert flat.is_cut
    assert len(flat.runs) == 100
