"""The whole way on a public server: the real program, https, both providers, client and browser."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from claudeusage_server.cuts import public_through
from tests.browser import browser
from tests.processes import eventually
from tests.public_site import PublicSite, public_site
from tests.public_traces import ADA, GITHUB_NUMBER, hold_cookies, hold_files, hold_log
from tests.public_visitor import Computer, Visitor, visitor

UNDER_REVIEW = re.compile(r"(\d+) days count for you only, not in public \((\S+) to (\S+)\)")


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[PublicSite]:
    """Serve for all tests; at the end, what was logged and which cookies were set is looked at."""
    with public_site(tmp_path_factory.mktemp("site")) as served:
        yield served
        served.stop()
        hold_cookies(served.proxy.cookies)
        hold_log(served)
        hold_files(served)


@pytest.fixture
def person(site: PublicSite, chromium: Browser, output: Path) -> Generator[Visitor]:
    with visitor(site, chromium, output) as somebody:
        yield somebody


@pytest.fixture
def computer(site: PublicSite, tmp_path: Path) -> Computer:
    return Computer(tmp_path / "first", site)


def test_a_computer_is_linked_uploads_and_is_shown_as_it_counts(
    person: Visitor, computer: Computer
) -> None:
    profile = _linked_in_the_browser(person, computer)
    assert re.fullmatch(rf"{person.site.origin}/u/anonymous-[a-z0-9]{{8}}", profile)

    days = computer.told("preview")["days"]
    uploaded = computer.run("sync", "--yes")
    assert uploaded.code == 0, uploaded.err
    again = computer.run("sync", "--yes")
    assert (again.code, again.out) == (0, b"")
    assert "Everything is already there." in again.err

    old = _under_review(uploaded.err, [day["date"] for day in days])
    person.open("/dashboard")
    person.look("dashboard")
    assert _live_figures(person) == _counted(computer)
    _is_named_under_review(person, old)
    _is_renamed(person)

    through = public_through(datetime.now(UTC)).isoformat()
    public = [day for day in days if day["date"] not in old and day["date"] <= through]
    person.page.goto(f"{profile}?period=all")
    person.look("profile")
    assert _public_figures(person) == _sums(public)
    for page in ("privacy", "checks", ""):
        person.open(f"/{page}")
        person.look(page or "front")


def test_an_owner_chooses_a_name_and_the_board_and_the_old_address_is_gone(
    person: Visitor, computer: Computer
) -> None:
    person.sign_in("Google", "grace-chooses")
    computer.linked_with(person.new_token())
    computer.uploaded()
    before = person.public_address()
    assert _status(person, before) == 200
    assert not _on_board(person, before.rpartition("/")[2])

    page = person.open("/dashboard")
    page.get_by_label("Show as a name of your choice").check()
    page.get_by_label("Username", exact=True).fill("grace-h")
    page.get_by_label("Display name").fill("Grace Hopper")
    page.get_by_label("On the leaderboard").check()
    page.get_by_label("Show country").check()
    page.get_by_label("Country", exact=True).select_option("is")
    person.press("Save")
    assert page.get_by_role("status").inner_text().startswith("Saved.")

    assert _status(person, before) == 404
    assert _status(person, f"/api/v1/profile/{before.rpartition('/')[2]}") == 404
    person.open("/u/grace-h")
    assert page.get_by_role("heading", name="Grace Hopper").count() == 1
    assert _on_board(person, "grace-h")
    assert page.get_by_role("link", name="your rank").count() == 0
    assert person.open("/dashboard").get_by_role("link", name="your rank").count() == 1
    person.site.start()  # with a cut
    assert _on_board(person, "grace-h")
    assert _status(person, before) == 404
    # A country that fewer than five people share is nobody's.
    assert "IS" not in person.open("/u/grace-h").locator("main .caption").first.inner_text()


def test_two_providers_open_one_account_until_one_is_removed(
    person: Visitor, chromium: Browser, output: Path
) -> None:
    page = person.page
    person.sign_in("Google", ADA)
    mine = person.public_address()
    page.get_by_role("button", name="Add GitHub").click()
    page.get_by_label("Account").wait_for()
    person.agree(GITHUB_NUMBER)
    assert page.url == person.site.origin + "/dashboard"
    person.press("Sign out")
    assert not person.is_signed_in()
    person.sign_in("GitHub", GITHUB_NUMBER)
    assert person.public_address() == mine
    person.press("Remove Google")
    assert page.get_by_role("button", name="Add Google").count() == 1
    assert page.get_by_role("button", name="Remove GitHub").count() == 0

    with visitor(person.site, chromium, output) as other:
        other.sign_in("Google", ADA)
        assert other.public_address() != mine  # the identity that was removed is somebody new
    with visitor(person.site, chromium, output) as other:
        other.sign_in("GitHub", GITHUB_NUMBER)
        assert other.public_address() == mine
        person.press("Sign out everywhere")
        assert not other.is_signed_in()
    assert not person.is_signed_in()


def test_a_computer_that_is_removed_takes_its_days_out_of_every_place(
    person: Visitor, computer: Computer, tmp_path: Path
) -> None:
    week = timedelta(days=7)  # the sample goes by weekdays: any other shift may give equal days
    second = Computer(tmp_path / "second", person.site, ago=week)
    person.sign_in("Google", "of-two-computers")
    profile = person.public_address()
    for each in (computer, second):
        each.linked_with(person.new_token())
        each.uploaded()
    first, both = computer.told("report")["days"], second.told("report")["days"]
    both += first

    person.open("/dashboard")
    assert person.page.locator("table.machines tbody tr").count() == 2
    assert _json_export(person) == _costs(both)
    assert _csv_export(person) == _costs(both)
    alone = _public_cost(person, profile)
    person.site.start()  # the second computer's days wait for a cut
    eventually(lambda: _public_cost(person, profile) > alone)

    machine = person.page.locator("table.machines tbody tr", has_text="Computer 2")
    with person.page.expect_navigation():
        machine.get_by_role("link", name="Remove…").click()
    person.press("Remove for good")
    assert person.page.locator("table.machines tbody tr").count() == 1
    assert _json_export(person) == _costs(first)
    assert _public_cost(person, profile) == alone > 0
    dead = second.run("sync", "--yes")
    assert dead.code == 3
    assert computer.run("sync", "--yes").code == 0


def test_an_account_that_is_deleted_is_gone_from_every_place(
    person: Visitor, computer: Computer
) -> None:
    person.sign_in("Google", "who-leaves")
    computer.linked_with(person.new_token())
    computer.uploaded()
    profile = person.public_address()
    assert _status(person, profile) == 200
    name = profile.rpartition("/")[2]

    field = person.page.get_by_label("Name of the account")
    button = person.page.get_by_role("button", name="Delete for good")
    assert button.is_disabled()
    field.fill(name[:-1])
    assert button.is_disabled()
    field.fill(name)
    person.press("Delete for good")
    assert person.page.get_by_role("heading", name="The account is deleted").count() == 1
    person.look("deleted")
    assert _status(person, profile) == 404
    person.open(profile)
    person.look("nothing-here")
    assert not person.is_signed_in()

    dead = computer.run("sync", "--yes")
    assert (dead.code, dead.out) == (3, b"")
    assert "The server does not accept this computer's token." in dead.err
    assert "Link this computer again with `claudeusage link`." in dead.err

    person.open("/sign-in")
    person.press("Continue with Google")
    person.page.wait_for_url(person.site.origin + "/dashboard")  # the provider knows who that is
    assert person.page.get_by_text("Nothing has arrived yet.").count() == 1
    assert re.fullmatch("/u/anonymous-[a-z0-9]{8}", person.public_address())
    assert person.public_address() != profile


def test_without_script_the_server_compares_the_name_before_it_deletes(
    site: PublicSite, chromium: Browser, output: Path
) -> None:
    with visitor(site, chromium, output, scripts=False) as person:
        person.sign_in("GitHub", "777000777")
        profile = person.public_address()
        person.page.get_by_label("Name of the account").fill("somebody-else")
        person.press("Delete for good")
        assert "Nothing was deleted" in person.page.get_by_role("status").inner_text()
        assert person.public_address() == profile
        person.page.get_by_label("Name of the account").fill(profile.rpartition("/")[2])
        person.press("Delete for good")
        assert person.page.get_by_role("heading", name="The account is deleted").count() == 1


def _linked_in_the_browser(person: Visitor, computer: Computer) -> str:
    """Approve a computer, signing in on the way; return the profile that it is told."""
    with computer.linking() as (process, address, code):
        person.page.goto(address)
        assert person.page.get_by_role("heading", name="Sign in").count() == 1
        person.look("sign-in")
        person.go_through("Google", "links-a-computer")
        assert person.page.locator(".user-code [aria-hidden]").inner_text() == code
        person.look("device")
        person.press("Approve")
        assert person.page.get_by_role("heading", name="The device is linked").count() == 1
        person.look("device-done")
        told, talk = process.communicate(timeout=30)
    assert process.returncode == 0, talk
    found = re.search(r"https://\S+/u/\S+", told)
    assert found, told
    return found.group()


def _under_review(talk: str, dates: list[str]) -> list[str]:
    """Return the dates that the client says are under review: all before the last 45 days."""
    found = UNDER_REVIEW.search(talk)
    assert found, talk
    assert "old days of a new account wait until it has grown for a week" in talk
    oldest = (datetime.now(UTC).date() - timedelta(days=45)).isoformat()
    old = [each for each in dates if each < oldest]
    assert (int(found[1]), found[2], found[3]) == (len(old), old[0], old[-1])
    return old


def _is_named_under_review(person: Visitor, old: list[str]) -> None:
    rows = person.page.locator("table.review tbody tr")
    assert 0 < rows.count() <= len(old)
    assert "a new account" in rows.first.locator(".reason").inner_text()


def _is_renamed(person: Visitor) -> None:
    page = person.page
    assert re.fullmatch(r"…[0-9a-f]{4}", page.locator("table.tokens tbody code").inner_text())
    person.press("Rename")
    person.look("rename")
    page.get_by_label("Label").fill("workbench")
    person.press("Save the label")
    assert "workbench" in page.locator("table.machines tbody tr").inner_text()


def _live_figures(person: Visitor) -> list[int]:
    """Return today's cost, and the week's cost, tokens and active seconds."""
    values = person.page.locator("dl.live data").all()[:4]
    return [int(each.get_attribute("value") or "") for each in values]


def _counted(computer: Computer) -> list[int]:
    """Return the same as the client has it."""
    today, week = (computer.told("report", "--days", each)["totals"] for each in ("1", "7"))
    tokens = sum(value for name, value in week.items() if name.endswith("_tokens"))
    return [today["cost_microusd"] or 0, week["cost_microusd"], tokens, week["active_seconds"]]


def _public_figures(person: Visitor) -> list[int]:
    """Return cost, tokens, active seconds and sessions of a profile."""
    values = person.page.locator("dl.figures data").all()[:4]
    return [int(each.get_attribute("value") or "") for each in values]


def _sums(days: list[Any]) -> list[int]:
    models = [model for day in days for model in day["models"]]
    assert models
    return [
        sum(model["cost_microusd"] for model in models),
        sum(value for model in models for name, value in model.items() if name.endswith("_tokens")),
        sum(day["active_seconds"] for day in days),
        sum(day["sessions_started"] for day in days),
    ]


def _public_cost(person: Visitor, profile: str) -> int:
    person.open(f"{profile}?period=all")
    cost = _public_figures(person)[0]
    person.open("/dashboard")
    return cost


def _costs(days: list[Any]) -> dict[str, int]:
    """Return the cost of each date."""
    found: dict[str, int] = {}
    for day in days:
        cost = sum(model["cost_microusd"] for model in day["models"])
        found[day["date"]] = found.get(day["date"], 0) + cost
    return found


def _exported(person: Visitor, form: str) -> str:
    with person.page.expect_download() as download:
        person.page.get_by_role("button", name=f"Export {form}").click()
    return Path(download.value.path()).read_text("utf-8")


def _json_export(person: Visitor) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in json.loads(_exported(person, "JSON"))["day_models"]:
        found[row["date"]] = found.get(row["date"], 0) + row["cost_microusd"]
    return found


def _csv_export(person: Visitor) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(_exported(person, "CSV"))):
        found[row["date"]] = found.get(row["date"], 0) + int(row["cost_microusd"])
    return found


def _status(person: Visitor, path: str) -> int:
    """Ask as anybody does who is not signed in."""
    return httpx.get(person.site.origin + path, verify=person.site.trusting()).status_code


def _on_board(person: Visitor, name: str) -> bool:
    """Say whether a profile is one of the board's from the next cut on."""
    store = person.site.data / "public.sqlite3"
    with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as public:
        found = public.execute("SELECT on_board FROM profiles WHERE name = ?", (name,)).fetchall()
    assert len(found) == 1
    return bool(found[0][0])
