"""What an owner takes away is gone at once, and nothing that waits for the cut comes with it."""

import itertools
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server import copies
from claudeusage_server.copies import Copy
from claudeusage_server.errors import StoreBusy
from claudeusage_server.private.context import Context
from claudeusage_server.private.removals import note_copy
from claudeusage_server.private.visibility import (
    Showing,
    change_visibility,
    read_visibility,
)
from tests.server.killed import breaks_off
from tests.server.owners import choices_of, choose, named
from tests.server.world import NOON, Link, World, day, model, public_settings, removed

DAYS = ("2026-11-20", "2026-11-21")


@pytest.fixture
def ada(public_world: World) -> Link:
    """Give an account that is shown by name, and has two published days."""
    link = named(public_world, "ada")
    public_world.upload(link.token, *(day(when) for when in DAYS))
    public_world.app.cut()
    return link


def next_day(world: World) -> None:
    world.clock.now = NOON + timedelta(days=1)
    world.app.cut()


def renamed(world: World, link: Link, name: str) -> Link:
    choose(world, link.account, name=name)
    return world.link_as(link.account)


def take_back(world: World, link: Link, when: str, sequence: int) -> None:
    """Upload that there is nothing on a day any more."""
    was = world.stored(link.token)[when]
    answer = world.upload(link.token, {**removed(when), "was": was}, sequence=sequence)
    assert answer.applied == (when,)


def surfaces(world: World, name: str) -> list[tuple[int, bytes, list[tuple[str, str]]]]:
    """Return everything that anybody is answered about a name, with every header."""
    paths = [
        *(f"/u/{name}?period={period}" for period in ("", "7", "30", "90", "365", "all")),
        *(f"/u/{name}/grid.svg?theme={theme}" for theme in ("light", "dark")),
        *(f"/api/v1/profile/{name}", "/u/never-was", "/api/v1/profile/never-was", "/", "/privacy"),
    ]
    answers = [world.get(path) for path in paths]
    return [(each.status_code, each.content, each.headers.multi_items()) for each in answers]


def test_uploads_between_two_cuts_change_no_public_byte(public_world: World, ada: Link) -> None:
    before = surfaces(public_world, "ada")
    file = public_rows(public_world)
    public_world.clock.move(hours=2)
    public_world.upload(ada.token, day("2026-11-21", model(5)), day("2026-11-22"), sequence=2)
    assert surfaces(public_world, "ada") == before
    public_world.clock.move(hours=3)
    public_world.upload(ada.token, day("2026-11-19"), sequence=3)
    take_back(public_world, ada, "2026-11-20", sequence=4)
    assert surfaces(public_world, "ada") == before
    assert public_rows(public_world) == file
    next_day(public_world)
    assert surfaces(public_world, "ada") != before
    assert public_world.dates(ada) == ["2026-11-19", "2026-11-21", "2026-11-22"]


def test_no_answer_tells_when(public_world: World, ada: Link) -> None:
    for status, body, headers in surfaces(public_world, "ada"):
        names = {name for name, _value in headers}
        assert not names & {"last-modified", "age", "expires"}, status
        assert b"created" not in body
        assert "cache-control" in names
    page, grid = public_world.get("/u/ada"), public_world.get("/u/ada/grid.svg")
    assert page.headers["cache-control"] == "no-cache"
    assert grid.headers["cache-control"] == "max-age=300"
    assert page.headers["etag"] != grid.headers["etag"]
    assert public_world.profile(ada)["joined"] == "2026-11"


def test_the_public_store_counts_no_uploads(public_world: World, ada: Link) -> None:
    def stamp() -> int:
        with public_world.app.public.read() as connection:
            found = connection.exec_driver_sql("SELECT generation FROM profiles").scalar_one()
        return int(found)

    stamps = {stamp()}
    for number in range(2, 6):
        public_world.upload(ada.token, day("2026-11-20", model(number)), sequence=number)
        public_world.clock.move(days=1)
        public_world.app.cut()
        stamps.add(stamp())
    assert len(stamps) == 5
    assert min(stamps) > 1_000
    assert min(abs(one - other) for one in stamps for other in stamps - {one}) > 1_000


def test_a_second_upload_waits_though_the_first_had_nothing_to_show(
    public_world: World,
) -> None:
    link = named(public_world, "eve")
    public_world.upload(link.token, day("2026-11-22"))
    public_world.upload(link.token, day("2026-11-20"), sequence=2)
    assert public_world.dates(link) == []
    next_day(public_world)
    assert public_world.dates(link) == ["2026-11-20", "2026-11-22"]


@pytest.mark.parametrize("wanted", ["countess", None])
def test_another_name_shows_what_the_old_one_showed(
    public_world: World, ada: Link, wanted: str | None
) -> None:
    public_world.upload(
        ada.token,
        *(day("2026-11-19"), day("2026-11-20", model(9)), day("2026-11-22")),
        sequence=2,
    )
    before = public_world.days(ada)
    if wanted is None:
        choose(public_world, ada.account, showing=Showing.ANONYMOUS)
        link = public_world.link_as(ada.account)
    else:
        link = renamed(public_world, ada, wanted)
    assert public_world.get(ada.path).status_code == 404
    assert public_world.days(link) == before
    next_day(public_world)
    assert len(public_world.days(link)) == 4


def test_nothing_in_the_public_store_ties_two_names(public_world: World, ada: Link) -> None:
    def first_columns() -> set[str]:
        return {str(row[0]) for rows in public_rows(public_world).values() for row in rows}

    before = first_columns()
    renamed(public_world, ada, "countess")
    assert not before & first_columns()
    [profile] = public_rows(public_world)["profiles"]
    assert "ada" not in profile


def test_who_was_hidden_comes_back_without_what_waits_for_the_cut(
    public_world: World, ada: Link
) -> None:
    choose(public_world, ada.account, showing=Showing.HIDDEN)
    assert public_world.get("/u/ada").status_code == 404
    public_world.upload(ada.token, day("2026-11-19"), day("2026-11-22"), sequence=2)
    choose(public_world, ada.account, showing=Showing.NAMED)
    assert public_world.dates(ada) == list(DAYS)
    next_day(public_world)
    assert public_world.dates(ada) == ["2026-11-19", *DAYS, "2026-11-22"]


def test_a_cut_passes_while_somebody_is_hidden(public_world: World, ada: Link) -> None:
    choose(public_world, ada.account, showing=Showing.HIDDEN)
    public_world.upload(ada.token, day("2026-11-22"), sequence=2)
    next_day(public_world)
    assert public_world.get("/u/ada").status_code == 404
    choose(public_world, ada.account, showing=Showing.NAMED)
    assert public_world.dates(ada) == [*DAYS, "2026-11-22"]


def test_live_shows_everything_and_not_live_takes_it_back(public_world: World, ada: Link) -> None:
    public_world.upload(ada.token, day("2026-11-22"), sequence=2)
    choose(public_world, ada.account, live=True)
    assert public_world.dates(ada) == [*DAYS, "2026-11-22"]
    public_world.upload(ada.token, day("2026-11-21", model(7)), sequence=3)
    assert public_world.totals(ada)[0] == 9
    choose(public_world, ada.account, live=False)
    assert public_world.dates(ada) == list(DAYS)
    assert public_world.totals(ada)[0] == 8
    public_world.upload(ada.token, day("2026-11-21", model(8)), sequence=4)
    assert public_world.totals(ada)[0] == 8


def take_away_computer(world: World, link: Link, number: int) -> None:
    context = world.app.context
    with context.store.write() as connection:
        note_copy(connection, link.account)
        connection.exec_driver_sql("DELETE FROM machines WHERE number = ?", (number,))
    context.publish_at_once(link.account)


@pytest.mark.parametrize("live", [False, True])
def test_the_days_of_a_removed_computer_are_gone_at_once(
    public_world: World, ada: Link, live: bool
) -> None:
    other = public_world.link_as(ada.account).token
    public_world.upload(other, day("2026-11-19"), day("2026-11-20", model(3)), machine="cd" * 32)
    next_day(public_world)
    assert public_world.dates(ada) == ["2026-11-19", *DAYS]
    choose(public_world, ada.account, live=live)
    public_world.upload(ada.token, day("2026-11-20", model(2)), sequence=2)
    take_away_computer(public_world, ada, 2)
    assert public_world.dates(ada) == list(DAYS)
    assert public_world.days(ada)[0]["messages"] == 2
    public_world.clock.move(days=1)
    public_world.app.cut()
    assert public_world.totals(ada)[0] == 3


def test_what_is_taken_away_lets_nothing_through(public_world: World, ada: Link) -> None:
    public_world.upload(
        ada.token, day("2026-11-20", model(4), model(2, model="claude-haiku-4-5")), sequence=2
    )
    take_back(public_world, ada, "2026-11-21", sequence=3)
    choose(public_world, ada.account, display_name="Ada")
    assert public_world.dates(ada) == ["2026-11-20"]
    assert public_world.totals(ada)[0] == 1
    next_day(public_world)
    assert public_world.totals(ada)[0] == 6


FIGURES = st.integers(0, 9)
COPIES = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), st.tuples(FIGURES, st.none() | FIGURES)
).map(
    lambda found: Copy(
        {(when,): {"date": when, "active_seconds": 1} for when, _model in found},
        {
            key: {"date": key[0], "model": key[1], "messages": count, "cost_microusd": cost}
            for key, (count, cost) in found.items()
        },
    )
)


@given(COPIES, COPIES)
def test_a_lowered_copy_has_nothing_that_either_has_not(before: Copy, now: Copy) -> None:
    low = copies.lowered(before, now)
    assert copies.lowered(low, now) == low
    assert low.models.keys() == before.models.keys() & now.models.keys()
    assert {key[0] for key in low.models} == {key[0] for key in low.days}
    for key, values in low.models.items():
        for name in ("messages", "cost_microusd"):
            both = [before.models[key][name], now.models[key][name]]
            known = [each for each in both if isinstance(each, int)]
            assert values[name] == (min(known) if len(known) == 2 else None)


def test_who_cannot_be_told_that_it_is_gone_is_told_that_it_is_not(
    public_world: World, ada: Link
) -> None:
    with public_world.public_store_broken(), pytest.raises(StoreBusy, match="noted"):
        choose(public_world, ada.account, showing=Showing.HIDDEN)
    assert public_world.get("/u/ada").status_code == 200
    public_world.app.make_good()
    assert public_world.get("/u/ada").status_code == 404
    assert choices_of(public_world, ada.account).showing is Showing.HIDDEN


def test_an_upload_makes_good_a_removal_that_failed(public_world: World, ada: Link) -> None:
    with public_world.public_store_broken(), pytest.raises(StoreBusy):
        choose(public_world, ada.account, name="countess")
    public_world.upload(ada.token, day("2026-11-19"), sequence=2)
    assert public_world.get("/u/ada").status_code == 404
    assert public_world.dates(public_world.link_as(ada.account)) == list(DAYS)


def test_a_removal_that_was_cut_short_is_done_before_the_first_answer(
    public_world: World, ada: Link
) -> None:
    with public_world.public_store_broken(), pytest.raises(StoreBusy):
        choose(public_world, ada.account, showing=Showing.ANONYMOUS)
    anonymous = public_world.link_as(ada.account).path
    public_world.close()
    again = World(public_world.data, settings=public_world.settings)
    assert again.get("/u/ada").status_code == 404
    assert again.get(anonymous).status_code == 200
    again.close()


def rename_to_countess(context: Context, account: str) -> None:
    with context.store.read() as connection:
        before = read_visibility(connection, account)
    change_visibility(context, account, replace(before, name="countess"))


def test_a_change_of_name_that_breaks_off_is_finished_at_the_next_start(
    public_world: World, ada: Link, tmp_path: Path
) -> None:
    shown = public_world.days(ada)
    public_world.upload(ada.token, day("2026-11-19"), sequence=2)
    public_world.close()
    outcomes: list[bool] = []
    ended = False
    for statement in itertools.count(1, 5):
        data = tmp_path / f"data-{statement}"
        shutil.copytree(public_world.data, data)
        ended = breaks_off(data, rename_to_countess, ada.account, statement)
        again = World(data, settings=public_settings(data))
        link = again.link_as(ada.account)
        outcomes.append(link.path == "/u/countess")
        other = "/u/ada" if outcomes[-1] else "/u/countess"
        assert again.get(other).status_code == 404
        assert again.days(link) == shown
        again.close()
        if ended:
            break
    assert outcomes == sorted(outcomes)
    assert outcomes[0] is False
    assert outcomes.count(True) > 3


def test_a_public_store_that_is_busy_is_waited_for_no_longer_than_it_is_said(
    public_world: World, ada: Link
) -> None:
    with public_world.app.public.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(public_world.data / "public.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="noted"):
            choose(public_world, ada.account, name="countess")
    public_world.app.make_good()
    assert public_world.get("/u/ada").status_code == 404


def test_a_lost_public_store_is_made_anew_at_the_cut(public_world: World, ada: Link) -> None:
    before = public_world.days(ada)
    with public_world.app.public.write() as connection:
        connection.exec_driver_sql("DELETE FROM profiles")
    public_world.app.cut()
    assert public_world.days(ada) == before


def eight_times(act: Callable[[int], object], start: threading.Barrier) -> None:
    start.wait()
    for number in range(8):
        act(number)


def test_owners_uploads_and_cuts_at_once_end_in_one_truth(public_world: World, ada: Link) -> None:
    def upload(number: int) -> None:
        sent = day("2026-11-20", model(10 + number)), day("2026-11-22", model(number + 1))
        public_world.upload(ada.token, *sent, sequence=number + 10)

    def rename(number: int) -> None:
        choose(public_world, ada.account, name=f"ada-{number}", live=bool(number % 2))

    def hide(number: int) -> None:
        showing = Showing.HIDDEN if number % 2 == 0 else Showing.NAMED
        choose(public_world, ada.account, showing=showing)

    def cut(_number: int) -> None:
        public_world.app.cut()

    acts = (upload, rename, hide, cut)
    start = threading.Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        done = [pool.submit(eight_times, act, start) for act in acts]
    for each in done:
        each.result()
    choose(public_world, ada.account, showing=Showing.NAMED, name="ada", live=True)
    assert len(public_rows(public_world)["profiles"]) == 1
    assert public_world.dates(ada) == [*DAYS, "2026-11-22"]
    assert public_world.totals(ada)[0] == 17 + 1 + 8


def public_rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the public store."""
    with world.app.public.read() as connection:
        return {
            table: [
                tuple(row)
                for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608 -- a table of our own
            ]
            for table in ("profiles", "days", "day_models")
        }
