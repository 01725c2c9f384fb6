"""What owners do with their accounts, as the dashboard does it for them."""

from dataclasses import replace
from typing import TypedDict, Unpack

from claudeusage_server.private.visibility import (
    Showing,
    Visibility,
    change_visibility,
    read_visibility,
)
from tests.server.world import Link, World


class Choices(TypedDict, total=False):
    """Some of an owner's choices."""

    showing: Showing
    name: str | None
    display_name: str | None
    on_board: bool
    live: bool
    country: str | None
    show_country: bool


def choices_of(world: World, account: str) -> Visibility:
    """Read an owner's choices."""
    with world.app.context.store.read() as connection:
        return read_visibility(connection, account)


def choose(world: World, account: str, **choices: Unpack[Choices]) -> None:
    """Change some of an owner's choices."""
    change_visibility(world.app.context, account, replace(choices_of(world, account), **choices))


def named(world: World, name: str, country: str | None = None) -> Link:
    """Make an account that is shown by name, and link a computer to it."""
    account = world.sign_in_as(name)
    choose(world, account, showing=Showing.NAMED, name=name, country=country)
    return world.link_as(account)
