"""The forms about the account as a whole: what it shows, a copy of everything, its deletion."""

import unicodedata

from starlette.responses import Response
from starlette.routing import Route

from claudeusage_server.country_names import country_names
from claudeusage_server.errors import BodyInvalid, Refusal
from claudeusage_server.private.accounts import read_account
from claudeusage_server.private.context import Context
from claudeusage_server.private.dashboard.desk import Desk, Fields, done
from claudeusage_server.private.dashboard.notices import Notice
from claudeusage_server.private.dashboard.page import DashboardPage, Draft
from claudeusage_server.private.deletion import delete_account
from claudeusage_server.private.export import export_csv, export_json
from claudeusage_server.private.onward import DASHBOARD
from claudeusage_server.private.sessions import Session, forget_session
from claudeusage_server.private.visibility import Showing, Visibility, change_visibility

VISIBILITY = f"{DASHBOARD}/visibility"
EXPORT = f"{DASHBOARD}/export"
DELETE = f"{DASHBOARD}/delete"
_NAMES = {"username": "name", "display_name": "display_name"}
"""The fields of the form by what a refused name was to be."""
_EXPORTS = {
    "json": (export_json, "application/json"),
    "csv": (export_csv, "text/csv; charset=utf-8"),
}


class AccountForms:
    """What an owner decides about the account."""

    def __init__(self, context: Context, page: DashboardPage) -> None:
        self._context = context
        self._page = page

    def routes(self, desk: Desk) -> list[Route]:
        """Make the routes."""
        return [
            desk.form(VISIBILITY, self.save),
            desk.form(EXPORT, self.export),
            desk.form(DELETE, self.delete),
        ]

    def save(self, session: Session, fields: Fields) -> Response:
        """Store what is to be shown; a name that cannot be taken is shown again with why."""
        wanted = _wanted(fields)
        try:
            change_visibility(self._context, session.account, wanted)
        except Refusal as refusal:
            field = _NAMES.get(refusal.field or "")
            if field is None:
                raise
            return self._page.show_draft(session, Draft(wanted, refusal, field))
        return done(Notice.SAVED)

    def export(self, session: Session, fields: Fields) -> Response:
        """Give a copy of everything that is stored, as a file."""
        form = fields.get("format", "")
        if form not in _EXPORTS:
            raise BodyInvalid(field="format")
        export, media_type = _EXPORTS[form]
        with self._context.store.read() as connection:
            copy = export(connection, session.account)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="claudeusage.{form}"',
        }
        return Response(copy, media_type=media_type, headers=headers)

    def delete(self, session: Session, fields: Fields) -> Response:
        """Delete the account, where its name was typed."""
        with self._context.store.read() as connection:
            name = read_account(connection, session.account).public_name
        if _plain(fields.get("name", "")) != _plain(name):
            return done(Notice.OTHER_NAME)
        delete_account(self._context, session.account)
        response = self._context.frame.private_page("dashboard/deleted.html", {})
        forget_session(self._context, response)
        return response


def _wanted(fields: Fields) -> Visibility:
    showing, country = fields.get("showing", ""), fields.get("country", "")
    if showing not in set(Showing):
        raise BodyInvalid(field="showing")
    if country and country not in country_names():
        raise BodyInvalid(field="country")
    return Visibility(
        showing=Showing(showing),
        name=fields.get("name", "").strip() or None,
        display_name=fields.get("display_name", "").strip() or None,
        on_board="on_board" in fields,
        live="live" in fields,
        country=country or None,
        show_country="show_country" in fields,
    )


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()
