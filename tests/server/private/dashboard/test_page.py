"""What the dashboard says, and what of it is said nowhere else."""

import re

import pytest

from claudeusage_core import figures, wire
from claudeusage_server.errors import Refusal
from claudeusage_server.private.dashboard.page import DashboardPage, Draft
from claudeusage_server.private.sessions import Session
from claudeusage_server.private.visibility import Showing, Visibility
from claudeusage_server.web.frame import coded
from tests.server import somebody
from tests.server.private.dashboard.desk import page, post, said
from tests.server.world import World, body, day, model


def test_the_figures_are_live_and_add_the_computers_up(public_world: World) -> None:
    account = public_world.sign_in_as("somebody")
    one, other = (public_world.link_as(account) for _ in range(2))
    today = day("2026-11-22", model(5, 12_340_000), active_seconds=7_800, sessions_active=3)
    public_world.upload(
        one.token, today, day("2026-11-15", model(1, 40_000_000)), machine="a1" * 32
    )
    more = day("2026-11-21", model(5, 7_660_000), active_seconds=600)
    public_world.upload(other.token, more, machine="b2" * 32)
    words = said(page(public_world))
    assert "$12.34 3 sessions · 2 h 10 m" in words
    assert "This week $20.00 ▼ 50% down 50 percent on last week" in words
    assert "2 of 7 days" in words
    assert "Streak 2 days the longest so far" in words
    assert "Last upload just now" in words
    assert "$12.34" not in public_world.get(one.path).text


def test_the_last_uploads_say_how_much_arrived(public_world: World) -> None:
    link = public_world.link_as(public_world.sign_in_as("somebody"))
    public_world.upload(link.token, day("2026-11-20"))
    two = model(), model(model="other", cost=None)
    sent = body(day("2026-11-21", *two), day("2026-11-22", *two), sequence=2)
    assert public_world.put(link.token, sent).status_code == 200
    size = len(wire.canonical(sent))
    assert f"2 days · 4 model rows · {size:,} bytes · just now" in said(page(public_world))
    public_world.execute("UPDATE receipts SET model_rows = NULL")
    assert f"2 days · {size:,} bytes · just now" in said(page(public_world))


def test_a_day_under_review_counts_for_its_owner_and_says_why(public_world: World) -> None:
    account = public_world.sign_in_as("somebody")
    link = public_world.link_as(account)
    public_world.upload(link.token, day("2026-11-22", model(5, 3_340_000)))
    assert "Under review" not in page(public_world)
    somebody.put_under_review(public_world, account, 1, "2026-11-22")
    words = said(page(public_world))
    assert "Under review 1 day counts for you, but not in public What is checked" in words
    assert "22 Nov 2026 Computer 1" in words
    assert "$3.34" in words


def test_without_usage_figures_are_dashes_and_a_sentence_says_what_fills_them(
    public_world: World,
) -> None:
    public_world.sign_in_as("somebody")
    shown = page(public_world)
    assert shown.count('class="unknown"') == 5
    words = said(shown)
    assert f"Today, API-equivalent {figures.UNKNOWN} no usage yet on 22 November" in words
    assert "Link a computer with claudeusage link https://usage.example" in words
    assert "$0.01" not in words


def test_tokens_without_a_price_are_said_beside_the_cost(public_world: World) -> None:
    link = public_world.link_as(public_world.sign_in_as("somebody"))
    public_world.upload(link.token, day("2026-11-22", model(5, None)))
    assert "and 11.1k tokens unpriced" in said(page(public_world))


@pytest.mark.parametrize("field", ["name", "display_name"])
def test_a_refused_name_is_told_at_its_field_with_what_was_typed(
    public_world: World, field: str
) -> None:
    account = public_world.sign_in_as("somebody")
    typed = Visibility(Showing.NAMED, "north<beam", "North", True, False, None, False)
    refusal = Refusal("This name cannot be used.", "It is taken: choose another.")
    shown = DashboardPage(public_world.app.context).show_draft(
        Session(account, "0" * 64, "1" * 64), Draft(typed, refusal, field)
    )
    text = bytes(shown.body).decode()
    assert shown.status_code == refusal.status
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true"', text)
    assert text.count("aria-invalid") == 1
    assert f'href="#{field}"' in text
    assert 'value="north&lt;beam"' in text
    assert 'value="North"' in text
    assert re.search('id="on_board"[^>]* checked', text)


def test_the_local_servers_dashboard_has_a_code_in_the_place_of_providers(world: World) -> None:
    world.sign_in()
    words = said(page(world))
    assert "A code that only this computer can make signs you in." in words
    assert "Add Google" not in words
    assert "Profiles Privacy Dashboard" in words


def test_providers_are_added_and_removed_but_for_the_last(public_world: World) -> None:
    account = public_world.sign_in_as("somebody")
    before = page(public_world)
    assert 'action="/sign-in/github"' in before
    assert "/unlink" not in before
    public_world.execute(f"INSERT INTO identities VALUES ('{account}', 'github', '7')")  # noqa: S608
    after = page(public_world)
    assert 'action="/sign-in/github/unlink"' in after
    assert 'action="/sign-in/google/unlink"' in after
    assert 'action="/sign-in/github"' not in after


def test_a_label_is_on_no_public_page_and_in_no_public_file(public_world: World) -> None:
    account = public_world.sign_in_as("somebody")
    links = somebody.settle(public_world, account)
    somebody.label(public_world, account, 1, "canary7f3a")
    post(public_world, "tokens/create", label="canary7f3a")
    assert "canary7f3a" in page(public_world)
    assert "canary7f3a" not in public_world.get(links[0].path).text
    public_world.close()
    files = [path for path in public_world.data.iterdir() if path.name.startswith("public.")]
    assert files
    assert not [path for path in files if b"canary7f3a" in path.read_bytes()]


def test_public_pages_say_dashboard_whoever_looks(public_world: World) -> None:
    strangers = [public_world.get(path).content for path in ("/", "/privacy", "/u/nobody")]
    public_world.sign_in_as("somebody")
    assert [public_world.get(path).content for path in ("/", "/privacy", "/u/nobody")] == strangers
    assert all(b">Leaderboard</a>" in each and b">Dashboard</a>" in each for each in strangers)
    assert b"Go to the leaderboard" in strangers[2]


def test_the_script_is_the_servers_own_and_kept_for_good(public_world: World) -> None:
    public_world.sign_in_as("somebody")
    [address] = re.findall(r'<script src="([^"]+)">', page(public_world))
    answer = public_world.get(address)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert "script-src 'self';" in answer.headers["content-security-policy"]


def test_what_stands_between_backticks_is_code() -> None:
    assert coded("run `a <b>` or `c`") == ("run <code>a &lt;b&gt;</code> or <code>c</code>")
