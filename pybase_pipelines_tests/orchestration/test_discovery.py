"""What lies in the buckets is found, all of it, whatever the listing's order; what is gone is noticed for certain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.awsrequest import AWSResponse
from pydantic import SecretStr

from pybase_pipelines.errors import AuthenticationFailed, StorageUnavailable
from pybase_pipelines.object_store import store
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration import arrivals, discovery
from pybase_pipelines.settings import Settings, Source, StoreAddress
from pybase_pipelines_tests.orchestration.discovering import Ticks, open_ledger

BUCKETS = ("drawings", "models")


@pytest.fixture(scope="module")
def moto_address() -> Iterator[StoreAddress]:
    """A server that lists in byte order (SeaweedFS lists in directory order)."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"access_key_id": SecretStr("test"), "secret_access_key": SecretStr("test")}
    yield StoreAddress(endpoint_url=f"http://{host}:{port}", addressing_style="path", **keys)
    server.stop()


@pytest.fixture(params=["seaweedfs", "moto"])
def address(request: pytest.FixtureRequest) -> StoreAddress:
    return request.getfixturevalue("s3_address" if request.param == "seaweedfs" else "moto_address")


@pytest.fixture
def ticks(address: StoreAddress, tmp_path: Path) -> Ticks:
    server = ObjectStore(address)
    for bucket in BUCKETS:
        server.ensure_bucket(bucket)
        for each in list(server.list_all(bucket)):
            server.delete(bucket, each.object_key)
    return Ticks(open_ledger(tmp_path), server, tmp_path / "walks", Settings(bucket="drawings"))


def use_small_pages(monkeypatch: pytest.MonkeyPatch, size: int = 3) -> None:
    list_page = ObjectStore.list_page
    monkeypatch.setattr(ObjectStore, "list_page", lambda *args, **named: list_page(*args, **{"limit": size} | named))
    monkeypatch.setattr(discovery, "LOOK_SIZE", size)


def test_everything_is_found_over_many_ticks_in_any_order_of_listing(ticks: Ticks, monkeypatch):
    use_small_pages(monkeypatch)
    ticks.change(list_pages_per_tick=2)
    # "-" sorts before "/" as bytes, but a server that lists by directories answers in another order.
    keys = {f"{folder}{n}.pdf" for folder in ("a-b/", "a/", "a", "Ä/+ %/") for n in range(5)}
    for key in keys:
        ticks.put(key)
    for _ in range(20):
        ticks.tick()
    assert set(ticks.current()) == keys


def test_a_tick_whose_time_is_over_ends_after_its_page_and_the_next_one_goes_on(ticks: Ticks, monkeypatch):
    use_small_pages(monkeypatch)
    ticks.change(tick_budget_seconds=0)
    for n in range(7):
        ticks.put(f"{n}.pdf")
    assert [ticks.tick().seen for _ in range(3)] == [3, 3, 1]
    assert len(ticks.current()) == 7


def test_an_overwritten_object_gets_a_new_job_and_a_deleted_one_a_tombstone(ticks: Ticks):
    ticks.put("a.pdf", b"one")
    ticks.put("b.pdf")
    ticks.tick()
    old = ticks.current()
    ticks.put("a.pdf", b"two")
    ticks.store.delete("drawings", "b.pdf")
    assert (ticks.tick().new, ticks.reports[0].gone) == (1, 1)
    assert set(ticks.current()) == {"a.pdf"}
    assert ticks.current()["a.pdf"].id != old["a.pdf"].id
    gone = ticks.ledger.get_job(old["b.pdf"].id)
    assert (gone.status, gone.deleted_at is not None) == ("cancelled", True)


def test_an_object_that_is_back_is_current_again(ticks: Ticks):
    ticks.put("a.pdf")
    ticks.tick()
    (job,) = ticks.current().values()
    ticks.store.delete("drawings", "a.pdf")
    ticks.tick()
    assert ticks.current() == {}
    ticks.put("a.pdf")
    ticks.tick()
    assert ticks.current()["a.pdf"].id == job.id


def test_sources_have_prefixes_and_globs_of_their_own_and_share_the_ticks(ticks: Ticks, monkeypatch):
    use_small_pages(monkeypatch)
    sources = (
        Source(bucket="drawings", prefix="in/", include=("*.pdf", "*.dxf"), ignore=("*/old/*",)),
        Source(bucket="models"),
    )
    ticks.change(sources=sources, list_pages_per_tick=2)
    for n in range(8):
        ticks.put(f"in/{n}.pdf")
        ticks.put(f"{n}.step", bucket="models")
    for key in ("in/x.txt", "in/old/y.pdf", "out/z.pdf", "in/folder/"):
        ticks.put(key, b"" if key.endswith("/") else b"x")
    ticks.tick()
    assert ticks.current("drawings"), "each has a page in the first tick"
    assert ticks.current("models")
    for _ in range(12):
        ticks.tick()
    assert set(ticks.current("drawings")) == {f"in/{n}.pdf" for n in range(8)}
    assert len(ticks.current("models")) == 8


def test_a_mass_deletion_is_noticed_whole_in_steps_of_bounded_size(ticks: Ticks, monkeypatch):
    monkeypatch.setattr(discovery, "MOST_ASKED", 2)
    for n in range(9):
        ticks.put(f"{n}.pdf")
    ticks.tick()
    for n in range(7):
        ticks.store.delete("drawings", f"{n}.pdf")
    ticks.tick()
    assert set(ticks.current()) == {"7.pdf", "8.pdf"}


def test_a_bucket_that_vanishes_is_trouble_of_its_own_and_deletes_nothing(ticks: Ticks):
    ticks.change(sources=(Source(bucket="drawings"), Source(bucket="no-such-bucket")))
    ticks.ledger.register_uploads([arrivals.Upload("no-such-bucket", "a.pdf", "etag")])
    ticks.put("a.pdf")
    for _ in range(5):
        ticks.tick()
    assert set(ticks.current("drawings")) == {"a.pdf"}
    assert isinstance(ticks.reports[1].trouble, StorageUnavailable)
    assert "bucket does not exist" in ticks.reports[1].describe()
    assert set(ticks.current("no-such-bucket")) == {"a.pdf"}


def test_a_bucket_that_vanishes_between_the_listing_and_the_look_deletes_nothing(ticks: Ticks, monkeypatch):
    ticks.put("a.pdf")
    ticks.tick()
    ticks.store.delete("drawings", "a.pdf")
    ticks.change(list_pages_per_tick=1)
    ticks.tick()  # the listing is complete, the look comes with the next tick
    monkeypatch.setattr(ticks.store, "list_page", lambda *_, **__: _raise(StorageUnavailable("It does not exist.")))
    assert ticks.tick().trouble is not None
    assert set(ticks.current()) == {"a.pdf"}


def test_credentials_that_expire_in_the_middle_stop_the_walk_and_the_next_tick_carries_on(ticks: Ticks, monkeypatch):
    use_small_pages(monkeypatch)
    ticks.change(list_pages_per_tick=100)
    for n in range(9):
        ticks.put(f"{n}.pdf")
    ticks.tick()
    ticks.store.delete("drawings", "8.pdf")
    ticks.put("new.pdf")
    list_page, calls = ObjectStore.list_page, []

    def expire(self, *args, **named):
        calls.append(args)
        return list_page(self, *args, **named) if len(calls) < 3 else _raise(AuthenticationFailed("ExpiredToken"))

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "list_page", expire)
        report = ticks.tick()
    assert isinstance(report.trouble, AuthenticationFailed)
    assert report.seen > 0
    assert ticks.tick().trouble is None
    assert set(ticks.current()) == {*(f"{n}.pdf" for n in range(9)), "new.pdf"}, "a walk that failed deletes nothing"
    ticks.tick()
    assert "8.pdf" not in ticks.current(), "the next walk does"


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId"])
def test_credentials_that_the_server_refuses_for_several_ticks_are_told_by_their_code_and_lose_nothing(
    ticks: Ticks, monkeypatch, code
):
    use_small_pages(monkeypatch)
    for n in range(9):
        ticks.put(f"{n}.pdf")
    ticks.tick()
    ticks.store.delete("drawings", "8.pdf")
    ticks.put("new.pdf")
    events, calls = ticks.store._get_client(store._BRISK).meta.events, []

    def refuse(**named):
        calls.append(named)
        answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        return None if len(calls) < 3 else (AWSResponse("http://s3", 403, {}, None), answer)

    events.register("before-call.s3", refuse)
    troubles = [ticks.tick().trouble for _ in range(4)]
    events.unregister("before-call.s3", refuse)
    assert all(isinstance(trouble, AuthenticationFailed) and code in trouble.message for trouble in troubles)
    assert len(ticks.current()) >= 9, "nothing counts as deleted"
    assert ticks.tick().trouble is None
    assert "new.pdf" in ticks.current()
    ticks.tick()
    assert set(ticks.current()) == {*(f"{n}.pdf" for n in range(8)), "new.pdf"}


def test_an_object_whose_name_has_1024_bytes_is_found_and_its_deletion_noticed(ticks: Ticks):
    longest = ("ä" * 120 + "/") * 4 + "x" * 60
    assert len(longest.encode()) == 1024
    ticks.put(longest)
    ticks.put("a.pdf")
    ticks.tick()
    assert set(ticks.current()) == {longest, "a.pdf"}
    ticks.store.delete("drawings", longest)
    ticks.tick()
    assert set(ticks.current()) == {"a.pdf"}


def test_a_token_that_the_server_forgot_leads_to_a_new_walk(ticks: Ticks, monkeypatch):
    use_small_pages(monkeypatch)
    ticks.change(list_pages_per_tick=1)
    for n in range(5):
        ticks.put(f"{n}.pdf")
    ticks.tick()
    list_page = ObjectStore.list_page

    def forget(self, bucket, prefix="", token=None, **named):
        return _raise(StorageUnavailable("What token?")) if token else list_page(self, bucket, prefix, token, **named)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "list_page", forget)
        troubles = [ticks.tick().trouble for _ in range(4)]
    assert [trouble is None for trouble in troubles] == [False, False, False, True]
    for _ in range(6):
        ticks.tick()
    assert len(ticks.current()) == 5


def test_what_the_walk_has_seen_may_be_lost_and_then_nothing_is_deleted(ticks: Ticks, monkeypatch):
    use_small_pages(monkeypatch)
    ticks.change(list_pages_per_tick=2)
    for n in range(7):
        ticks.put(f"{n}.pdf")
    for _ in range(8):
        ticks.tick()
    ticks.tick()
    for file in ticks.folder.iterdir():
        file.unlink()
    looked = []
    monkeypatch.setattr(ticks.store, "look_at", lambda *args: looked.append(args) or {})
    for _ in range(3):
        ticks.tick()
    assert looked == []
    assert len(ticks.current()) == 7


def test_a_walk_leaves_no_file_behind(ticks: Ticks):
    ticks.put("a.pdf")
    ticks.tick()
    assert list(ticks.folder.glob("*")) == []


@pytest.mark.parametrize(("choice", "known"), [("extract", "pending"), ("register", "cancelled"), ("from_now", None)])
def test_the_first_start_on_a_full_bucket_is_a_choice(ticks: Ticks, monkeypatch, choice, known):
    monkeypatch.setattr(arrivals, "FIRST_START_MARGIN", arrivals.timedelta(seconds=-3600))
    ticks.change(first_start=choice)
    ticks.put("old.pdf")
    ticks.tick()
    found = ticks.current()
    assert [job.status for job in found.values()] == ([known] if known else [])
    monkeypatch.setattr(arrivals, "FIRST_START_MARGIN", arrivals.timedelta(seconds=3600))
    ticks.cursor = None  # a person reset it: that is no new first start
    ticks.put("new.pdf")
    ticks.tick()
    assert ticks.current()["new.pdf"].status == "pending"
    if choice == "register":
        assert "PYBASE_FIRST_START" in (ticks.current()["old.pdf"].error_message or "")
        assert ticks.ledger.retry_job(found["old.pdf"].id).status == "pending"


def test_a_mass_upload_waits_behind_what_comes_later(ticks: Ticks):
    ticks.change(flood_files=2)
    for n in range(3):
        ticks.put(f"first-{n}.pdf")
    ticks.tick()
    for n in range(3):
        ticks.put(f"second-{n}.pdf")
    ticks.tick()
    ticks.ledger.cancel_job(ticks.current()["first-0.pdf"].id)
    ticks.ledger.cancel_job(ticks.current()["first-1.pdf"].id)
    ticks.put("one-more.pdf")
    ticks.tick()
    keys = [job.object_key for job in ticks.ledger.take_launchable(10)]
    assert keys[:2] == ["first-2.pdf", "one-more.pdf"]


def test_the_listing_says_what_messages_missed(ticks: Ticks, monkeypatch):
    ticks.change(events_queue_url="http://queue", reconcile_minutes=0.0001)
    monkeypatch.setattr(discovery, "MESSAGE_GRACE", arrivals.timedelta(seconds=-3600))
    ticks.put("a.pdf")
    assert ticks.tick().missed == 0, "at the first walk nobody can have told"
    ticks.put("b.pdf")
    assert ticks.tick().missed == 1
    assert "1 of the new ones had no message" in ticks.reports[0].describe()


def test_with_messages_the_listing_rests_between_its_walks(ticks: Ticks):
    ticks.change(events_queue_url="http://queue")
    ticks.tick()
    ticks.put("a.pdf")
    assert (ticks.tick().seen, ticks.current()) == (0, {})


def _raise(error: Exception):
    raise error
