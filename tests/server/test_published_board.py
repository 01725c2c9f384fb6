"""Who is on the board, from an owner's choice to the cut, and back."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from claudeusage_server.private.machine_actions import remove_machine
from claudeusage_server.private.rows import Owner
from claudeusage_server.private.visibility import Showing, change_visibility, read_visibility
from claudeusage_server.public.board import Board
from claudeusage_server.public.rankings import STREAK, Measure, Ranking, Reach
from tests.server.world import Link, World, day, model

COST = Ranking(Measure.COST, Reach.ALL)


def joined(world: World, subject: str, cost: int = 1_000_000, **choices: object) -> Link:
    """Sign somebody up who has uploaded a day and chosen the board."""
    account = world.sign_in_as(subject)
    link = world.link_as(account)
    world.upload(link.token, day("2026-11-20", model(cost=cost)))
    choose(world, link, **{"on_board": True, **choices})
    return link


def choose(world: World, link: Link, **choices: object) -> None:
    context = world.app.context
    with context.store.read() as connection:
        now = read_visibility(connection, link.account)
    change_visibility(context, link.account, replace(now, **choices))  # type: ignore[arg-type]


def next_cut(world: World) -> None:
    world.clock.move(days=1)
    world.app.cut()


def listed(world: World) -> list[str]:
    with world.app.public.read() as connection:
        return [entry.name for entry in Board(connection).page(COST).entries]


def name_of(link: Link) -> str:
    return link.path.removeprefix("/u/")


def test_a_profile_is_listed_at_the_next_cut_and_never_before(public_world: World) -> None:
    public_world.app.cut()
    link = joined(public_world, "a")
    assert listed(public_world) == []
    public_world.app.cut()
    public_world.clock.move(hours=23)
    public_world.app.cut()
    assert listed(public_world) == []
    public_world.clock.move(hours=1)
    public_world.app.cut()
    assert listed(public_world) == [name_of(link)]


def test_who_has_not_chosen_the_board_is_not_on_it(public_world: World) -> None:
    joined(public_world, "a", on_board=False)
    next_cut(public_world)
    assert listed(public_world) == []


def test_who_leaves_or_hides_is_gone_at_once(public_world: World) -> None:
    links = [
        joined(public_world, subject, 1_000_000 - number) for number, subject in enumerate("abc")
    ]
    next_cut(public_world)
    first, second, third = map(name_of, links)
    assert listed(public_world) == [first, second, third]
    choose(public_world, links[0], on_board=False)
    assert listed(public_world) == [second, third]
    choose(public_world, links[1], showing=Showing.HIDDEN)
    assert listed(public_world) == [third]
    with public_world.app.public.read() as connection:
        standing = Board(connection).standing(COST, third)
        assert standing is not None
        assert (standing.rank, standing.people) == (1, 1)
    next_cut(public_world)
    assert listed(public_world) == [third]


def test_the_days_of_a_removed_computer_are_off_the_board_at_once(public_world: World) -> None:
    link = joined(public_world, "a", 1_000_001)
    other = public_world.link_as(link.account)
    public_world.upload(other.token, day("2026-11-20", model(cost=1_000_002)), machine="cd" * 32)
    public_world.upload(
        other.token, day("2026-11-19", model(messages=2)), sequence=2, machine="cd" * 32
    )
    behind = joined(public_world, "b", 1_000_005)
    next_cut(public_world)
    assert listed(public_world) == [name_of(link), name_of(behind)]
    context = public_world.app.context
    hashed = context.hashes.machine(link.account, "cd" * 32)
    with context.store.write() as connection:
        remove_machine(connection, Owner(link.account, hashed))
    context.publish_at_once(link.account)
    assert listed(public_world) == [name_of(behind), name_of(link)]
    with public_world.app.public.read() as connection:
        standings = [Board(connection).standing(COST, name_of(each)) for each in (behind, link)]
        streak = Board(connection).standing(STREAK, name_of(link))
    assert [(each.rank, each.value) for each in standings if each] == [
        (1, 1_000_005),
        (2, 1_000_001),
    ]
    assert streak is None
    next_cut(public_world)
    assert listed(public_world) == [name_of(behind), name_of(link)]


def test_a_country_is_taken_back_at_once(public_world: World) -> None:
    links = [
        joined(public_world, subject, country="is", showing=Showing.NAMED, name=f"n{subject}")
        for subject in "abcdef"
    ]
    next_cut(public_world)

    def shown() -> list[str | None]:
        with public_world.app.public.read() as connection:
            return [entry.country for entry in Board(connection).page(COST).entries]

    assert shown() == ["is"] * 6
    choose(public_world, links[0], show_country=False)
    assert shown() == [None] + ["is"] * 5
    choose(public_world, links[1], country=None)
    assert shown() == [None] * 6


def test_a_live_profile_is_ranked_by_the_days_up_to_the_cut(public_world: World) -> None:
    link = joined(public_world, "a", 1_000_005, live=True)
    public_world.upload(link.token, day("2026-11-23", model(cost=1_000_007)), sequence=2)
    next_cut(public_world)
    with public_world.app.public.read() as connection:
        standing = Board(connection).standing(COST, name_of(link))
    assert standing is not None
    assert standing.value == 1_000_005
    assert public_world.totals(link)[1] == 2_000_012


def test_a_models_totals_are_those_of_all_its_days(public_world: World) -> None:
    link = joined(public_world, "a", live=True)
    for number, when in enumerate(("2026-11-19", "2026-11-20", "2026-11-22")):
        unpriced = model(cost=None, model="other")
        public_world.upload(link.token, day(when, model(number + 1), unpriced), sequence=number + 2)

    def totals() -> list[tuple[object, ...]]:
        with public_world.app.public.read() as connection:
            rows = connection.execute(
                text(
                    "SELECT model, messages, input_tokens, output_tokens, cache_write_tokens,"
                    " cache_read_tokens, cost_microusd, unpriced_tokens FROM model_totals"
                    " ORDER BY model"
                )
            )
            return [tuple(row) for row in rows]

    assert totals() == [
        ("claude-opus-5-5", 6, 30, 300, 3_000, 30_000, 3_000_000, 0),
        ("other", 3, 30, 300, 3_000, 30_000, None, 33_330),
    ]
    choose(public_world, link, live=False)
    assert totals()[0][1] == 3
    choose(public_world, link, showing=Showing.HIDDEN)
    assert totals() == []


def test_the_timer_of_the_server_fills_the_board(public_world: World) -> None:
    public_world.app.cut()
    with public_world.app.public.read() as connection:
        assert Board(connection).through == public_world.clock().date() - timedelta(days=1)
