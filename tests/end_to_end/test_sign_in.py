"""Signing in for real: Chromium, a certified OpenID provider, and a stand-in for GitHub."""

import re
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from claudeusage_server.application import Application
from claudeusage_server.settings import Settings
from tests.browser import browser, console
from tests.github_stand_in import GitHubStandIn, github_stand_in
from tests.openid_provider import openid_provider
from tests.processes import PATIENCE_SECONDS
from tests.server.running import running


class Site(NamedTuple):
    """A server on which both providers sign in."""

    application: Application
    github: GitHubStandIn

    @property
    def origin(self) -> str:
        return self.application.context.settings.origin

    def identities(self) -> list[tuple[str, str, str]]:
        """Return provider, subject and account of every identity."""
        with self.application.context.store.read() as connection:
            found = connection.execute(text("SELECT provider, subject, account FROM identities"))
            return sorted((row.provider, row.subject, row.account) for row in found)

    def account_of(self, provider: str, subject: str) -> str:
        """Return whose an identity is."""
        return {found[:2]: found[2] for found in self.identities()}[provider, subject]


class Person(NamedTuple):
    """A person at a browser of their own."""

    page: Page
    site: Site

    def open(self, path: str) -> None:
        self.page.goto(self.site.origin + path)

    def go_to(self, provider: str) -> None:
        """Press the button of the sign-in page."""
        self.open("/sign-in?next=/device")
        self.page.get_by_role("link", name=f"Continue with {provider}").click()

    def sign_in(self, provider: str, account: str) -> None:
        """Sign in for the first time."""
        self.go_to(provider)
        self.agree(account)

    def sign_in_again(self, provider: str) -> None:
        """Sign in where the provider remembers who that is."""
        self.go_to(provider)
        self.page.wait_for_url(self.site.origin + "/device")

    def agree(self, account: str, answer: str = "Agree") -> None:
        """Answer at the provider."""
        self.page.get_by_label("Account").fill(account)
        self.page.get_by_role("button", name=answer).click()
        self.page.wait_for_url(self.site.origin + "/**")

    def session(self) -> str:
        """Return the session's id, empty where this browser has none."""
        name = self.site.application.context.settings.cookie
        found = {cookie.get("name"): cookie.get("value") for cookie in self.page.context.cookies()}
        return found.get(name) or ""

    def send_form(self, path: str) -> None:
        """Send a form that stands on a page of this server, as the dashboard's do."""
        self.open("/device")
        token = self.site.application.context.hashes.form_token(self.session())
        with self.page.expect_navigation():
            self.page.evaluate(
                """([path, token]) => {
                    const form = document.createElement("form");
                    form.method = "post";
                    form.action = path;
                    form.innerHTML = `<input name="form_token" value="${token}">`;
                    document.querySelector("main").append(form);
                    form.submit();
                }""",
                [path, token],
            )

    def signed_in(self) -> bool:
        """Say whether the device page asks for a code, and not for a sign-in first."""
        self.open("/device")
        return self.page.get_by_role("heading", name="Link a device").count() == 1


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    with browser() as running_browser:
        yield running_browser


@pytest.fixture
def site(tmp_path: Path) -> Generator[Site]:
    with ExitStack() as stack:
        github = stack.enter_context(github_stand_in())

        def settings(port: int) -> Settings:
            callback = f"http://127.0.0.1:{port}/sign-in/google/callback"
            google = stack.enter_context(openid_provider([callback]))
            return Settings(tmp_path / "data", port=port, google=google, github=github.settings)

        yield Site(stack.enter_context(running(settings)), github)


@pytest.fixture
def person(site: Site, chromium: Browser) -> Generator[Person]:
    context = chromium.new_context()
    said = console(context)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    yield Person(page, site)
    context.close()
    assert said == []


def test_a_person_signs_in_and_out_and_comes_back_to_the_same_account(person: Person) -> None:
    person.sign_in("Google", "ada")
    first, account = person.session(), person.site.account_of("google", "ada")
    assert first
    person.send_form("/sign-out")
    assert person.session() == ""
    assert not person.signed_in()
    person.sign_in_again("Google")
    assert person.signed_in()
    assert person.session() not in {"", first}
    assert person.site.identities() == [("google", "ada", account)]


def test_a_second_provider_is_linked_and_signs_in_to_the_same_account(person: Person) -> None:
    person.sign_in("GitHub", "583231")
    account = person.site.account_of("github", "583231")
    person.send_form("/sign-in/google")
    person.page.wait_for_url("**/interaction/**")  # the page in between goes on by itself
    person.agree("ada")
    assert person.page.url == person.site.origin + "/dashboard"
    assert person.site.account_of("google", "ada") == account
    person.send_form("/sign-out-everywhere")
    assert not person.signed_in()
    person.sign_in_again("Google")
    assert person.signed_in()
    assert len(person.site.identities()) == 2


def test_a_device_is_approved_after_signing_in(person: Person) -> None:
    origin = person.site.origin
    device = httpx.post(f"{origin}/api/cli/auth/start", json={}).json()
    person.page.goto(device["verificationUriComplete"])
    person.page.get_by_role("link", name="Continue with GitHub").click()
    person.agree("583231")
    assert person.page.get_by_text("upload daily totals to anonymous-").count() == 1
    person.page.get_by_role("button", name="Approve").click()
    assert person.page.get_by_role("heading", name="The device is linked").count() == 1
    polled = httpx.post(
        f"{origin}/api/cli/auth/poll", json={"deviceCode": device["deviceCode"]}
    ).json()
    assert polled["userId"] == person.site.account_of("github", "583231")
    assert polled["username"] is None


@pytest.mark.parametrize("provider", ["Google", "GitHub"])
def test_whoever_cancels_sees_the_buttons_again(person: Person, provider: str) -> None:
    person.go_to(provider)
    person.agree("1", "Cancel")
    alert = person.page.get_by_role("alert").inner_text()
    assert alert == f"Signing in with {provider} was cancelled; try again below."
    assert person.page.get_by_role("link", name=re.compile("Continue with")).count() == 2
    assert person.site.identities() == []
