"""What an owner does on the dashboard, form by form."""

import re

import pytest

from claudeusage_core import wire
from claudeusage_server.private.tokens import MOST_TOKENS
from tests.server import somebody
from tests.server.private.dashboard.desk import machines, page, post, said, tokens
from tests.server.world import Link, World, authorised, day, form_token


@pytest.fixture
def links(public_world: World) -> list[Link]:
    settled = somebody.settle(public_world, public_world.sign_in_as("somebody"))
    assert public_world.app.cut()
    return settled


def test_whoever_is_signed_out_signs_in_first_and_comes_back(public_world: World) -> None:
    for path in ("/dashboard", "/dashboard/tokens/create", "/dashboard/machines/merge"):
        answer = public_world.get(path)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/sign-in?next=%2Fdashboard",
        )
    answer = public_world.form("/dashboard/delete", {"name": "x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fdashboard")


def test_only_listed_codes_become_a_notice(public_world: World) -> None:
    public_world.sign_in_as("somebody")
    assert "Only you see it." in page(public_world, "?done=renamed")
    for code in ("", "nothing", "<b>", "RENAMED"):
        assert 'role="status"' not in page(public_world, f"?done={code}")


def test_an_account_has_so_many_tokens_and_no_more(public_world: World) -> None:
    account = public_world.sign_in_as("somebody")
    links = [public_world.link_as(account) for _ in range(MOST_TOKENS)]
    refused = post(public_world, "tokens/create", label="one more")
    assert refused.status_code == 409
    assert "Revoke some of them on the dashboard" in refused.text
    device = public_world.post("/api/cli/auth/start", {}).json()
    assert public_world.decide(device["userCode"], "approve") == 409
    assert public_world.request(
        "DELETE", wire.TOKEN_PATH, headers=authorised(links[0].token)
    ).is_success
    assert public_world.decide(device["userCode"], "approve") == 200
    assert post(public_world, "tokens/create", label="one more").status_code == 200


@pytest.mark.usefixtures("links")
def test_a_label_is_typed_on_the_dashboard_and_seen_only_there(public_world: World) -> None:
    first = machines(public_world)[0]
    assert "Computer 1" in page(public_world)
    answer = post(public_world, "machines/rename", machine=first, label="  Werk\u0308bank ")
    assert answer.headers["location"] == "/dashboard?done=renamed"
    assert "Werk\u0308bank" in page(public_world)
    post(public_world, "machines/rename", machine=first, label="")
    assert "Computer 1" in page(public_world)


@pytest.mark.parametrize("typed", ["x" * 41, "a\nb", "a\u202eb", "a\x00b"])
@pytest.mark.usefixtures("links")
def test_what_cannot_be_a_label_is_shown_again(public_world: World, typed: str) -> None:
    answer = post(public_world, "machines/rename", machine=machines(public_world)[0], label=typed)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "This label cannot be used." in answer.text
    assert "Computer 1" in page(public_world)


def test_a_repeated_computer_is_tagged_and_merged(public_world: World, links: list[Link]) -> None:
    first, _second, third = machines(public_world)
    assert "looks like Computer 1" in page(public_world)
    asked = public_world.get(f"/dashboard/machines/merge?machine={third}")
    assert f'<option value="{first}" selected>Computer 1 – has equal days' in asked.text
    answer = post(public_world, "machines/merge", machine=third, into=first)
    assert answer.headers["location"] == "/dashboard?done=merged"
    assert len(machines(public_world)) == 2
    assert "looks like" not in page(public_world)
    for link in (links[0], links[2]):
        assert public_world.get(wire.DAYS_PATH, link.token).json()["shared"] is True


@pytest.mark.usefixtures("links")
def test_a_computer_is_not_merged_into_itself(public_world: World) -> None:
    first = machines(public_world)[0]
    post(public_world, "machines/merge", machine=first, into=first)
    assert len(machines(public_world)) == 3


def test_a_removal_names_what_goes_and_takes_it_out_of_public(
    public_world: World, links: list[Link]
) -> None:
    laptop = machines(public_world)[1]
    before = {str(each["date"]): each["messages"] for each in public_world.days(links[0])}
    asked = said(public_world.get(f"/dashboard/machines/remove?machine={laptop}").text)
    assert "Remove Computer 2?" in asked
    assert "31 days, 21 Oct – 20 Nov" in asked
    assert "1 token of this machine" in asked
    answer = post(public_world, "machines/remove", machine=laptop)
    assert answer.headers["location"] == "/dashboard?done=machine-removed"
    after = {str(each["date"]): each["messages"] for each in public_world.days(links[0])}
    assert after["2026-11-20"] < before["2026-11-20"]
    assert public_world.get(wire.DAYS_PATH, links[1].token).status_code == 401


def test_a_token_for_a_computer_without_a_browser_is_shown_once(public_world: World) -> None:
    public_world.sign_in_as("somebody")
    cookies = dict(public_world.cookies)
    answer = post(public_world, "tokens/create", label="build box")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert public_world.cookies == cookies
    token = re.findall(r"cu_live_[0-9a-f]{48}", answer.text)
    assert len(token) == 1
    listed = page(public_world)
    assert token[0] not in listed
    assert f"…{token[0][-4:]}" in listed
    assert "build box" in listed
    assert public_world.upload(token[0], day()).applied == ("2026-11-20",)
    assert "Computer 1" in page(public_world)


def test_a_revoked_token_opens_nothing(public_world: World, links: list[Link]) -> None:
    last_used = tokens(public_world)[0]
    asked = said(public_world.get(f"/dashboard/tokens/revoke?token={last_used}").text)
    assert f"Revoke the token that ends in {links[0].token[-4:]}?" in asked
    assert post(public_world, "tokens/revoke", token=last_used).status_code == 303
    answers = [public_world.get(wire.DAYS_PATH, link.token).status_code for link in links]
    assert answers == [401, 200, 200]


def test_a_choice_is_saved_and_shown(public_world: World, links: list[Link]) -> None:
    choice = {"showing": "named", "name": "northbeam", "display_name": "", "on_board": "1"}
    answer = post(public_world, "visibility", **choice)
    assert answer.headers["location"] == "/dashboard?done=saved"
    shown = page(public_world)
    assert "Show as northbeam" in shown
    assert 'href="/u/northbeam"' in shown
    assert public_world.get("/u/northbeam").status_code == 200
    assert public_world.get(links[0].path).status_code == 404
    post(public_world, "visibility", **{**choice, "showing": "hidden"})
    assert public_world.get("/u/northbeam").status_code == 404
    assert "not shown in public" in page(public_world)


@pytest.mark.parametrize("fields", [{}, {"showing": "x"}, {"showing": "named", "country": "zz"}])
def test_a_choice_that_is_none_is_refused(public_world: World, fields: dict[str, str]) -> None:
    public_world.sign_in_as("somebody")
    assert post(public_world, "visibility", **fields).status_code == 422


@pytest.mark.parametrize(
    ("form", "media_type"), [("json", "application/json"), ("csv", "text/csv; charset=utf-8")]
)
def test_an_export_is_a_file_that_is_stored_nowhere(
    public_world: World, form: str, media_type: str
) -> None:
    public_world.sign_in_as("somebody")
    answer = post(public_world, "export", format=form)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == f'attachment; filename="claudeusage.{form}"'
    assert post(public_world, "export", format="x").status_code == 422


def test_an_account_is_deleted_by_its_name_alone(public_world: World, links: list[Link]) -> None:
    name = links[0].path.removeprefix("/u/")
    answer = post(public_world, "delete", name="northbeam")
    assert answer.headers["location"] == "/dashboard?done=other-name"
    assert public_world.get(links[0].path).status_code == 200
    answer = post(public_world, "delete", name=name)
    assert "The account is deleted" in answer.text
    assert 'claudeusage=""' in answer.headers["set-cookie"]
    assert public_world.get(links[0].path).status_code == 404
    assert public_world.get(wire.DAYS_PATH, links[0].token).status_code == 401
    assert public_world.get("/dashboard").status_code == 303


FORMS = (
    "machines/rename",
    "machines/merge",
    "machines/remove",
    "tokens/create",
    "tokens/revoke",
    "visibility",
    "export",
    "delete",
)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_page_does_nothing(
    public_world: World, links: list[Link], path: str
) -> None:
    first, second, _third = machines(public_world)
    fields = {
        "machine": first,
        "into": second,
        "token": tokens(public_world)[0],
        "showing": "hidden",
        "format": "json",
        "name": links[0].path.removeprefix("/u/"),
        "label": "planted",
    }
    before = said(page(public_world))
    own = form_token(page(public_world))
    address = f"/dashboard/{path}"
    foreign = public_world.form(
        address, {**fields, "form_token": own}, origin="https://evil.example"
    )
    assert foreign.status_code == 403
    for token in ("", "0" * 64):
        assert public_world.form(address, {**fields, "form_token": token}).status_code == 403
    assert said(page(public_world)) == before
