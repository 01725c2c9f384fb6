"""The dashboard as it is shown: everything of one account, read at once and put into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection
from starlette.responses import Response

from claudeusage_core import figures
from claudeusage_server.country_names import country_names
from claudeusage_server.errors import Refusal
from claudeusage_server.private.accounts import read_account
from claudeusage_server.private.context import Context
from claudeusage_server.private.dashboard import today
from claudeusage_server.private.dashboard.belongings import (
    Belongings,
    OwnMachine,
    OwnToken,
    read_belongings,
)
from claudeusage_server.private.dashboard.history import read_own_history
from claudeusage_server.private.dashboard.live import live_chart, live_figures
from claudeusage_server.private.dashboard.notices import notice_words
from claudeusage_server.private.dashboard.pieces import piece
from claudeusage_server.private.identities import PROVIDERS, linked_providers
from claudeusage_server.private.receipts import Receipt
from claudeusage_server.private.review import Reviewed, reviewed_rows
from claudeusage_server.private.sessions import Session
from claudeusage_server.private.visibility import Showing, Visibility, read_visibility

MACHINES, TOKENS, REVIEWED = 20, 10, 10
"""Rows of each list on one page: together with the longest labels it stays under 60 KB."""

_NEW_ANONYMOUS_NAME = "anonymous-…"
"""Whoever gives up a name gets one that is not drawn yet."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Choices that were typed and not taken, with why, and the field at fault."""

    wanted: Visibility
    refusal: Refusal
    field: str


class DashboardPage:
    """Makes the page."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def show(self, session: Session, query: Mapping[str, str]) -> Response:
        """Show the dashboard."""
        return self._page(session, query, None)

    def show_draft(self, session: Session, draft: Draft) -> Response:
        """Show what was typed once more, with why it was not taken."""
        return self._page(session, {}, draft)

    def _page(self, session: Session, query: Mapping[str, str], draft: Draft | None) -> Response:
        now = self._context.surroundings.now()
        with self._context.store.read() as connection:
            owned = read_belongings(connection, session.account)
            values = {
                "form_token": session.form_token,
                "notice": notice_words(query.get("done", "")),
                **_shown_as(connection, session.account, draft),
                **_numbers(connection, session.account, owned.receipts, now),
                **_lists(connection, session.account, owned, query, now),
                **self._sign_in(connection, session.account),
            }
        status = draft.refusal.status if draft else 200
        return self._context.frame.private_page("dashboard/page.html", values, status)

    def _sign_in(self, connection: Connection, account: str) -> dict[str, object]:
        settings = self._context.settings
        offered = {"google": settings.google, "github": settings.github}
        linked = linked_providers(connection, account)
        return {
            "linked": [(name, PROVIDERS[name]) for name in linked],
            "addable": [
                (name, words)
                for name, words in PROVIDERS.items()
                if offered[name] and name not in linked
            ],
            "origin": settings.origin,
        }


def _shown_as(connection: Connection, account: str, draft: Draft | None) -> dict[str, object]:
    stored = read_visibility(connection, account)
    public_name = read_account(connection, account).public_name
    named = stored.showing is Showing.NAMED
    return {
        "public_name": public_name,
        "anonymous_name": _NEW_ANONYMOUS_NAME if named else public_name,
        "stored": stored,
        "chosen": draft.wanted if draft else stored,
        "refusal": draft.refusal if draft else None,
        "refused_field": draft.field if draft else "",
        "countries": country_names(),
    }


def _numbers(
    connection: Connection, account: str, receipts: Sequence[Receipt], now: datetime
) -> dict[str, object]:
    history = read_own_history(connection, account)
    uploaded = today.moment(receipts[0].received_at) if receipts else None
    day = today.own_today(max(history, default=None), uploaded, now)
    return {
        "figures": live_figures(history, day),
        "chart": live_chart(history, day),
        "empty": not history,
        "last_upload": today.ago(int((now - uploaded).total_seconds())) if uploaded else "",
    }


def _lists(
    connection: Connection,
    account: str,
    owned: Belongings,
    query: Mapping[str, str],
    now: datetime,
) -> dict[str, object]:
    machines = list(owned.machines.values())
    reviewed = reviewed_rows(connection, account)
    days = len({row.date for row in reviewed})
    return {
        "reviewed": piece([_review(row, owned) for row in reviewed], "reviewed", query, REVIEWED),
        "reviewed_days": figures.plural(days, "day") + (" counts" if days == 1 else " count"),
        "machines": piece(
            [_machine(each, owned, now) for each in machines], "machines", query, MACHINES
        ),
        "several_machines": len(machines) > 1,
        "tokens": piece(
            [_token(each, owned, now) for each in owned.tokens], "tokens", query, TOKENS
        ),
        "receipts": [_receipt(each, now) for each in owned.receipts],
    }


def _review(row: Reviewed, owned: Belongings) -> dict[str, str]:
    return {
        "day": figures.day_short(date.fromisoformat(row.date)),
        "machine": owned.machines[row.machine].name,
        "reason": row.reason,
        "reported": row.reported,
        "plausible": row.plausible,
        "how_to_fix": row.how_to_fix,
    }


def _machine(machine: OwnMachine, owned: Belongings, now: datetime) -> dict[str, object]:
    other = owned.repeating.get(machine.machine)
    return {
        "reference": machine.reference,
        "name": machine.name,
        "like": owned.machines[other].name if other else "",
        "like_reference": owned.machines[other].reference if other else "",
        "covers": covered(machine, now),
        "days": figures.count(machine.days),
        "day_word": "day" if machine.days == 1 else "days",
        "age": age(machine, now),
    }


def covered(machine: OwnMachine, now: datetime) -> str:
    """Write from which day to which a computer has days, with years where they are not this one."""
    if machine.first is None or machine.last is None:
        return figures.UNKNOWN
    return figures.day_range(machine.first, machine.last, now.date())


def age(machine: OwnMachine, now: datetime) -> str:
    """Write how long ago a computer uploaded last, as far as is known."""
    if machine.uploaded_at is not None:
        return today.ago(int(now.timestamp()) - machine.uploaded_at)
    if machine.used_on is not None:
        return today.days_ago((now.date() - machine.used_on).days)
    return figures.UNKNOWN


def _token(token: OwnToken, owned: Belongings, now: datetime) -> dict[str, str]:
    return {
        "reference": token.reference,
        "hint": token.hint,
        "machine": token_name(token, owned),
        "made": figures.month_long(token.created_on),
        "used": today.days_ago((now.date() - token.used_on).days) if token.used_on else "never",
    }


def token_name(token: OwnToken, owned: Belongings) -> str:
    """Write whose token it is: its computer's, or what its owner called it before its first use."""
    if token.machine is not None:
        return owned.machines[token.machine].name
    return token.label or "not used yet"


def _receipt(receipt: Receipt, now: datetime) -> dict[str, str]:
    digits, rows = receipt.receipt.removeprefix("sha256:"), receipt.model_rows
    return {
        "age": today.ago(int(now.timestamp()) - receipt.received_at),
        "days": figures.plural(receipt.days, "day"),
        "rows": "" if rows is None else figures.plural(rows, "model row"),
        "bytes": figures.plural(receipt.bytes, "byte"),
        "whole": receipt.receipt,
        "short": f"sha256:{digits[:4]}…{digits[-4:]}",
    }
