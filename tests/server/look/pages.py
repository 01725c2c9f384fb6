"""Every page that there is to look at: its name, its address, and who opens it where."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tests.server import somebody
from tests.server.look.sample import PROFILES, publish_sample
from tests.server.private.dashboard.desk import machines, tokens
from tests.server.world import World, public_settings


class Where(StrEnum):
    """A server."""

    PUBLIC = "public"
    BARE = "bare"
    """A server for everybody that nobody uses yet."""
    LOCAL = "local"


class Who(StrEnum):
    """Somebody with an account or without one."""

    ANYBODY = "anybody"
    OWNER = "owner"
    NEWCOMER = "newcomer"


class Page(NamedTuple):
    """A page; *press* names the button of it that leads to the page that is meant."""

    name: str
    path: str
    who: Who = Who.ANYBODY
    where: Where = Where.PUBLIC
    press: str = ""

    @property
    def public(self) -> bool:
        """Whether it is the same for everybody, and so may be printed and shown."""
        return self.who is Who.ANYBODY


PUBLIC = (
    *(Page(f"profile-{name}", f"/u/{name}?period=all") for name, _days, _shares in PROFILES),
    Page("profile-sample-week", "/u/sample?period=7"),
    Page("board", "/"),
    Page("board-tokens", "/?measure=tokens"),
    Page("board-active", "/?measure=active"),
    Page("board-streak", "/?measure=streak"),
    Page("board-country", "/?country=is"),
    Page("board-around", "/?around=sample"),
    Page("about", "/about"),
    Page("privacy", "/privacy"),
    Page("checks", "/checks"),
    Page("nothing-here", "/u/nobody"),
    Page("sign-in", "/sign-in"),
    Page("board-empty", "/", where=Where.BARE),
    Page("home-local", "/", where=Where.LOCAL),
    Page("sign-in-local", "/sign-in", where=Where.LOCAL),
)


def private(machine: str, token: str, code: str) -> tuple[Page, ...]:
    """Return the pages of an owner who has this computer and token, and is asked for the code."""
    owner = Who.OWNER
    return (
        Page("dashboard", "/dashboard", owner),
        Page("dashboard-notice", "/dashboard?done=saved", owner),
        Page("rename", f"/dashboard/machines/rename?machine={machine}", owner),
        Page("merge", f"/dashboard/machines/merge?machine={machine}", owner),
        Page("remove", f"/dashboard/machines/remove?machine={machine}", owner),
        Page("create", "/dashboard/tokens/create", owner),
        Page("token-made", "/dashboard/tokens/create", owner, press="Create"),
        Page("revoke", f"/dashboard/tokens/revoke?token={token}", owner),
        Page("device-code", "/device", owner),
        Page("device", f"/device?code={code}", owner),
        Page("device-done", f"/device?code={code}", owner, press="Approve"),
        Page("device-expired", "/device?code=BCDF-GHJK", owner),
        Page("dashboard-empty", "/dashboard", Who.NEWCOMER),
    )


@dataclass
class Scene:
    """The servers, and what signs each person in."""

    worlds: dict[Where, World]
    cookies: dict[Who, dict[str, str]]
    pages: tuple[Page, ...] = field(default=())

    def enter(self, who: Who) -> None:
        """Let somebody sit at the browser."""
        self.worlds[Where.PUBLIC].cookies = dict(self.cookies[who])

    def close(self) -> None:
        """Close the stores."""
        for world in self.worlds.values():
            world.close()


def prepare(folder: Path) -> Scene:
    """Make the servers in a folder, with everybody who is seen on a page."""
    public = World(folder / "public", settings=public_settings(folder / "public"))
    bare = World(folder / "bare", settings=public_settings(folder / "bare"))
    local = World(folder / "local")
    publish_sample(public)
    public.sign_in_as("newcomer")
    cookies = {Who.ANYBODY: dict[str, str](), Who.NEWCOMER: dict(public.cookies)}
    somebody.fill_dashboard(public)
    cookies[Who.OWNER] = dict(public.cookies)
    code = str(public.post("/api/cli/auth/start", {}).json()["userCode"])
    pages = PUBLIC + private(machines(public)[2], tokens(public)[0], code)
    worlds = {Where.PUBLIC: public, Where.BARE: bare, Where.LOCAL: local}
    return Scene(worlds, cookies, pages)
