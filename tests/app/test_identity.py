"""Who this computer says it is: an id made once, and one time zone."""

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzlocal

from claudeusage_app.errors import ComputerUnclear, ZoneUnknown
from claudeusage_app.identity import (
    become_another_computer,
    check_names,
    keep_names,
    kept_machine,
    kept_zone,
    named_zone,
    system_zone,
    zone_moved,
    zone_signs,
)
from claudeusage_app.ledger.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "ledger.sqlite3") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _zones_are_looked_up_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    live_in(monkeypatch, "Europe/Berlin")
    yield
    monkeypatch.undo()
    tzlocal.reload_localzone()


def live_in(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    tzlocal.reload_localzone()


def be(monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, user)


def test_the_id_is_a_one_way_hash_of_host_and_user(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, "somebody")
    text = f"{socket.gethostname()}:somebody"
    assert kept_machine(database) == hashlib.sha256(text.encode()).hexdigest()


def test_the_id_is_made_once_and_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    be(monkeypatch, "somebody")
    machine = kept_machine(database)
    be(monkeypatch, "somebody-else")
    assert kept_machine(database) == machine


def test_a_new_user_name_is_asked_about_and_keeps_the_id_when_it_is_the_same_computer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, "somebody")
    machine = kept_machine(database)
    check_names(database, same_computer=False)
    be(monkeypatch, "renamed")
    with pytest.raises(ComputerUnclear, match="--same-computer"):
        check_names(database, same_computer=False)
    check_names(database, same_computer=True)
    with pytest.raises(ComputerUnclear):
        check_names(database, same_computer=False)
    keep_names(database)
    check_names(database, same_computer=False)
    assert kept_machine(database) == machine


def test_another_computer_takes_a_new_id_each_time(database: Database) -> None:
    ids = {kept_machine(database)} | {become_another_computer(database) for _ in range(2)}
    assert len(ids) == 3
    assert kept_machine(database) in ids
    check_names(database, same_computer=False)


def test_another_computer_forgets_the_upload_that_was_shown(database: Database) -> None:
    database.execute("INSERT INTO pending VALUES (1, 'origin', 'account', 1, x'7b7d')")
    become_another_computer(database)
    assert database.row("SELECT 1 FROM pending") is None


def test_the_zone_is_the_systems_when_the_ledger_was_made(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_zone(database).key == "Europe/Berlin"
    live_in(monkeypatch, "Asia/Tokyo")
    assert kept_zone(database).key == "Europe/Berlin"


def test_a_moved_zone_is_told_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert zone_moved(database) is None
    live_in(monkeypatch, "Asia/Tokyo")
    assert zone_moved(database) == "Asia/Tokyo"
    assert zone_moved(database) is None
    live_in(monkeypatch, "America/Lima")
    assert zone_moved(database) == "America/Lima"


@pytest.mark.parametrize("zone", ["Nowhere/Special", "XYZ3", ":/nowhere"])
def test_a_zone_that_no_table_has_is_passed_over(zone: str) -> None:
    command = "from claudeusage_app.identity import system_zone; print(system_zone())"
    done = subprocess.run(
        (sys.executable, "-W", "error", "-c", command),
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert ZoneInfo(done.stdout.strip()).key != zone


def test_the_systems_zone_is_an_iana_name() -> None:
    assert system_zone() == "Europe/Berlin"


@pytest.mark.parametrize(
    "name",
    ["Nowhere/Special", "Europe", "../../etc/passwd", "/etc/localtime", "a\0b", "x" * 9999, ""],
)
def test_a_name_that_is_no_zone_is_wrong_usage(name: str) -> None:
    with pytest.raises(ZoneUnknown) as unknown:
        named_zone(name)
    assert unknown.value.exit_code == 2


def test_a_zone_to_which_nothing_was_done_is_not_looked_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert zone_moved(database) is None
    database.set_fact("zone_seen", f"Asia/Tokyo {zone_signs(os.environ)}")
    assert zone_moved(database) == "Asia/Tokyo"
    live_in(monkeypatch, "America/Lima")
    assert zone_moved(database) == "America/Lima"


@pytest.mark.parametrize("zone", ["/etc/localtime", ":/etc/localtime"])
def test_a_zone_that_a_file_holds_is_always_looked_for(zone: str) -> None:
    assert zone_signs({"TZ": zone}) is None


def test_the_signs_of_a_zone_are_the_same_until_something_changes() -> None:
    assert zone_signs({}) == zone_signs({})
    assert zone_signs({"TZ": "Asia/Tokyo"}) not in {zone_signs({"TZ": "UTC"}), zone_signs({}), None}
