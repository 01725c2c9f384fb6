"""The board in the public store: filled at the cut, and kept true when somebody leaves it.

An edition is filled beside the one that is shown, a few profiles at a time, so that nobody waits
long for the store; it is shown when it is whole. A fill that was cut short is resumed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, String, bindparam, text

from claudeusage_server.database import Store
from claudeusage_server.public.rankings import (
    HIGHEST,
    RANKINGS,
    Reaches,
    Tally,
    bucket_of,
)

AT_A_TIME = 250
"""Profiles that are ranked in one transaction."""

NUMBERED_AT_A_TIME = 2_000
"""Rows that get their rank in one transaction."""

_IDS = bindparam("ids", expanding=True, type_=String)
_STATE = text("SELECT edition, through, next_edition, next_through FROM board_state")
_BEGIN = text("UPDATE board_state SET next_edition = :edition, next_through = :through")
_SHOW = text(
    "UPDATE board_state SET edition = next_edition, through = next_through,"
    " generation = generation + 1 WHERE next_edition = :edition"
)
_CHANGED = text("UPDATE board_state SET generation = generation + 1")
_ABSENT = text(
    "SELECT public_id FROM profiles p WHERE on_board = 1 AND public_id > :after AND NOT EXISTS"
    " (SELECT 1 FROM board b WHERE b.public_id = p.public_id AND b.edition = :edition)"
    " ORDER BY public_id LIMIT :most"
)
_STILL_ABSENT = text(
    "SELECT public_id, name, country FROM profiles p WHERE on_board = 1 AND public_id IN :ids"
    " AND NOT EXISTS"
    " (SELECT 1 FROM board b WHERE b.public_id = p.public_id AND b.edition = :edition)"
).bindparams(_IDS)
_DAYS = text(
    "SELECT public_id, date, active_seconds FROM days WHERE public_id IN :ids AND date <= :through"
).bindparams(_IDS)
_MODELS = text(
    "SELECT public_id, date, messages,"
    " input_tokens + output_tokens + cache_write_tokens + cache_read_tokens, cost_microusd"
    " FROM day_models WHERE public_id IN :ids AND date <= :through ORDER BY public_id, date"
).bindparams(_IDS)
_PLACES = text(
    "SELECT public_id, ranking, place FROM board WHERE edition = :edition AND public_id IN :ids"
).bindparams(_IDS)
_ENTER = text(
    "INSERT INTO board (public_id, edition, ranking, name, country, value, place, place_before)"
    " VALUES (:public_id, :edition, :ranking, :name, :country, :value, NULL, :place_before)"
)
_COUNT = text(
    "INSERT INTO board_histogram (edition, ranking, country, bucket, people)"
    " VALUES (:edition, :ranking, :country, :bucket, :people)"
    " ON CONFLICT (edition, ranking, country, bucket)"
    " DO UPDATE SET people = board_histogram.people + excluded.people"
)
_TIED = text(
    "SELECT public_id, value, name FROM board WHERE edition = :edition AND ranking = :ranking"
    " AND value = :value AND name > :name ORDER BY name LIMIT :most"
)
_BELOW = text(
    "SELECT public_id, value, name FROM board WHERE edition = :edition AND ranking = :ranking"
    " AND value < :value ORDER BY value DESC, name LIMIT :most"
)
_NUMBER = text(
    "UPDATE board SET place = :place"
    " WHERE public_id = :public_id AND edition = :edition AND ranking = :ranking"
)
_FORMER = text("SELECT DISTINCT edition FROM board_histogram WHERE edition NOT IN (:shown, :next)")
_FORGET = text(
    "DELETE FROM board WHERE edition = :edition AND public_id IN"
    " (SELECT public_id FROM board WHERE edition = :edition LIMIT :most)"
)
_FORGET_COUNTS = text("DELETE FROM board_histogram WHERE edition = :edition")
_PROFILE = text("SELECT name, country FROM profiles WHERE public_id = :public_id AND on_board = 1")
_DIFFERS = text(
    "SELECT 1 FROM board WHERE public_id = :public_id"
    " AND (name <> :name OR COALESCE(country, '') <> COALESCE(:country, '')) LIMIT 1"
)
_ROWS = text("SELECT edition, ranking, country, value FROM board WHERE public_id = :public_id")
_LOWER = text(
    "UPDATE board SET value = :value"
    " WHERE public_id = :public_id AND edition = :edition AND ranking = :ranking"
)
_LEAVE_RANKING = text(
    "DELETE FROM board WHERE public_id = :public_id AND edition = :edition AND ranking = :ranking"
)
_LEAVE = text("DELETE FROM board WHERE public_id = :public_id")
_RENAME = text("UPDATE board SET name = :name, country = :country WHERE public_id = :public_id")
_MOVE = text("UPDATE board SET public_id = :new WHERE public_id = :old")


class _Counted(NamedTuple):
    """What the histogram counts of a row."""

    edition: int
    ranking: str
    country: str | None
    value: int


def fill(store: Store, through: date) -> None:
    """Rank those who are on the board by their days up to *through*; once more changes nothing."""
    edition = _begin(store, through)
    if edition is not None:
        while _enter_absent(store, edition, through):
            pass  # somebody who was renamed meanwhile may stand before what has been passed
        for ranking in RANKINGS:
            _number(store, edition, ranking.key)
        with store.write() as connection:
            connection.execute(_SHOW, {"edition": edition})
    _forget_former(store)


def leave(connection: Connection, public_id: str) -> None:
    """Take a profile off the board at once."""
    if _uncount(connection, public_id):
        connection.execute(_LEAVE, {"public_id": public_id})
        connection.execute(_CHANGED)


def lower(connection: Connection, public_id: str) -> None:
    """Take off the board at once what a profile's days have no longer; nothing rises here."""
    rows = _rows_of(connection, public_id)
    state = connection.execute(_STATE).one()
    values: dict[tuple[int, str], int] = {}
    for edition, through in {state[:2], state[2:]}:
        if rows and through:
            last = date.fromisoformat(through)
            tally = _tallies(connection, [public_id], Reaches(last), last)[public_id]
            values |= {(edition, ranking.key): value for ranking, value in tally.values().items()}
    lowered = [row for row in rows if values.get((row.edition, row.ranking), 0) < row.value]
    if not lowered:
        return
    _count(connection, lowered, -1)
    for row in lowered:
        value = values.get((row.edition, row.ranking), 0)
        place = {"public_id": public_id, "edition": row.edition, "ranking": row.ranking}
        if value:
            connection.execute(_LOWER, place | {"value": value})
            _count(connection, [row._replace(value=value)], 1)
        else:
            connection.execute(_LEAVE_RANKING, place)
    connection.execute(_CHANGED)


def follow(connection: Connection, public_id: str) -> None:
    """Let the board show a profile by its present name and country, or no more."""
    profile = connection.execute(_PROFILE, {"public_id": public_id}).one_or_none()
    if profile is None:
        leave(connection, public_id)
        return
    shown = {"public_id": public_id, "name": profile.name, "country": profile.country}
    if connection.execute(_DIFFERS, shown).first() is not None:
        _uncount(connection, public_id)
        connection.execute(_RENAME, shown)
        _count(connection, _rows_of(connection, public_id), 1)
    connection.execute(_CHANGED)  # the name that is shown is read with the profile


def change(connection: Connection) -> None:
    """Have everything that shows the board made anew."""
    connection.execute(_CHANGED)


def move(connection: Connection, old: str, new: str) -> None:
    """Give the place of one profile to another, which is the same person's under a new name.

    Both profiles have to be there.
    """
    leave(connection, new)
    connection.execute(_MOVE, {"old": old, "new": new})
    follow(connection, new)


def _begin(store: Store, through: date) -> int | None:
    """Return the edition to fill; None where the one that is shown is that of this cut."""
    with store.write() as connection:
        state = connection.execute(_STATE).one()
        if state.through == through.isoformat():
            return None
        if state.next_edition != state.edition and state.next_through == through.isoformat():
            return int(state.next_edition)
        edition = int(state.next_edition) + 1
        connection.execute(_BEGIN, {"edition": edition, "through": through.isoformat()})
    _forget_former(store)
    return edition


def _enter_absent(store: Store, edition: int, through: date) -> bool:
    """Enter those who are not in an edition yet; say whether there was anybody to enter."""
    after, entered = "", False
    reaches = Reaches(through)
    while True:
        with store.read() as connection:
            values = {"edition": edition, "after": after, "most": AT_A_TIME}
            ids: Sequence[str] = connection.execute(_ABSENT, values).scalars().all()
            if not ids:
                return entered
            tallies = _tallies(connection, ids, reaches, through)
        with store.write() as connection:
            entered = _enter(connection, edition, tallies) or entered
        after = ids[-1]


def _tallies(
    connection: Connection, ids: Sequence[str], reaches: Reaches, through: date
) -> dict[str, Tally]:
    tallies = {public_id: Tally(reaches) for public_id in ids}
    scope = {"ids": list(ids), "through": through.isoformat()}
    for public_id, *of_model in connection.execute(_MODELS, scope):
        tallies[public_id].add_model(*of_model)
    for public_id, *active in connection.execute(_DAYS, scope):
        tallies[public_id].add_active(*active)
    return tallies


def _enter(connection: Connection, edition: int, tallies: dict[str, Tally]) -> bool:
    """Enter those who are still on the board, each with the rank of the edition before."""
    scope = {"ids": list(tallies), "edition": edition}
    profiles = connection.execute(_STILL_ABSENT, scope).all()
    shown = connection.execute(_STATE).one().edition
    found = connection.execute(_PLACES, scope | {"edition": shown})
    places = {(row.public_id, row.ranking): row.place for row in found}
    rows: list[dict[str, str | int | None]] = []
    counted: list[_Counted] = []
    for public_id, name, country in profiles:
        for ranking, value in tallies[public_id].values().items():
            row = _Counted(edition, ranking.key, country, value)
            named = {"public_id": public_id, "name": name}
            before = {"place_before": places.get((public_id, row.ranking))}
            rows.append(named | row._asdict() | before)
            counted.append(row)
    if rows:
        connection.execute(_ENTER, rows)
        _count(connection, counted, 1)
    return bool(rows)


def _number(store: Store, edition: int, ranking: str) -> None:
    """Write the rank of each row of a ranking: equal values share the first one's."""
    scope: dict[str, str | int] = {"edition": edition, "ranking": ranking}
    counted, place, last, name = 0, 0, HIGHEST + 1, ""
    while True:
        with store.write() as connection:
            rows = _next_rows(connection, {**scope, "value": last, "name": name})
            if not rows:
                return
            numbered: list[dict[str, str | int]] = []
            for public_id, value, name in rows:  # noqa: B007 -- the last one is gone on from
                counted += 1
                if value != last:
                    place, last = counted, value
                numbered.append({**scope, "public_id": public_id, "place": place})
            connection.execute(_NUMBER, numbered)


def _next_rows(connection: Connection, scope: dict[str, str | int]) -> list[tuple[str, int, str]]:
    rows: list[tuple[str, int, str]] = []
    for statement in (_TIED, _BELOW):
        most = NUMBERED_AT_A_TIME - len(rows)
        found = connection.execute(statement, scope | {"most": most})
        rows += [(row.public_id, row.value, row.name) for row in found]
    return rows


def _forget_former(store: Store) -> None:
    """Remove the editions that are neither shown nor being filled."""
    while True:
        with store.write() as connection:
            state = connection.execute(_STATE).one()
            kept = {"shown": state.edition, "next": state.next_edition}
            edition = connection.execute(_FORMER, kept).scalars().first()
            if edition is None:
                return
            former = {"edition": edition, "most": AT_A_TIME}
            if connection.execute(_FORGET, former).rowcount == 0:
                connection.execute(_FORGET_COUNTS, {"edition": edition})


def _uncount(connection: Connection, public_id: str) -> bool:
    """Take a profile out of the histogram; say whether it was on the board."""
    rows = _rows_of(connection, public_id)
    _count(connection, rows, -1)
    return bool(rows)


def _rows_of(connection: Connection, public_id: str) -> Sequence[_Counted]:
    found = connection.execute(_ROWS, {"public_id": public_id})
    return [_Counted._make(row) for row in found]


def _count(connection: Connection, rows: Iterable[_Counted], people: int) -> None:
    """Add *people* to the histogram for each row: for everybody, and for the row's country."""
    cells = Counter(
        (row.edition, row.ranking, country, bucket_of(row.value))
        for row in rows
        for country in {"", row.country or ""}
    )
    values = [
        {
            "edition": edition,
            "ranking": ranking,
            "country": country,
            "bucket": bucket,
            "people": people * rows_of_cell,
        }
        for (edition, ranking, country, bucket), rows_of_cell in cells.items()
    ]
    if values:
        connection.execute(_COUNT, values)
