"""A code server that died is brought back, gently first; one that is still on its way is left alone."""

from __future__ import annotations

from pybase_pipelines.local.code_server import LOOK_SECONDS, MOST_RELOADS, PATIENCE_SECONDS, CodeServerWatch


class World:
    def __init__(self) -> None:
        self.is_alive = False
        self.reloads = 0
        self.now = 100.0
        self.watch = CodeServerWatch(lambda: self.is_alive, self.reload)

    def reload(self) -> None:
        self.reloads += 1

    def look(self, after: float) -> bool:
        self.now += after
        return self.watch.mend(self.now)


def test_one_that_never_lived_is_waited_for():
    world = World()
    assert all(world.look(LOOK_SECONDS) for _ in range(20))
    assert world.reloads == 0


def test_one_that_died_is_asked_for_once_and_given_time():
    world = World()
    world.is_alive = True
    world.look(LOOK_SECONDS)
    world.is_alive = False
    assert all(world.look(1) for _ in range(int(PATIENCE_SECONDS)))
    assert world.reloads == 1
    world.is_alive = True
    assert world.look(PATIENCE_SECONDS)
    assert world.reloads == 1


def test_where_asking_does_not_help_a_restart_must_and_all_begins_anew():
    world = World()
    world.is_alive = True
    world.look(LOOK_SECONDS)
    world.is_alive = False
    looks = [world.look(PATIENCE_SECONDS) for _ in range(MOST_RELOADS + 1)]
    assert looks == [True] * MOST_RELOADS + [False]
    assert world.reloads == MOST_RELOADS
    assert world.look(PATIENCE_SECONDS), "the next one is waited for again"
    assert world.reloads == MOST_RELOADS
