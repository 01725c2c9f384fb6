"""The forms about sync tokens: one more for a computer without a browser, and one less."""

from starlette.responses import Response
from starlette.routing import Route

from claudeusage_server.errors import LabelRefused
from claudeusage_server.private.context import Context
from claudeusage_server.private.dashboard.belongings import read_belongings
from claudeusage_server.private.dashboard.desk import Desk, Fields, done
from claudeusage_server.private.dashboard.notices import Notice
from claudeusage_server.private.dashboard.page import token_name
from claudeusage_server.private.labels import LONGEST_LABEL, read_label
from claudeusage_server.private.onward import DASHBOARD
from claudeusage_server.private.sessions import Session
from claudeusage_server.private.tokens import (
    keep_token,
    new_token,
    refuse_more_tokens,
    revoke_token,
)

CREATE = f"{DASHBOARD}/tokens/create"
REVOKE = f"{DASHBOARD}/tokens/revoke"


class TokenForms:
    """What an owner does with tokens."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self, desk: Desk) -> list[Route]:
        """Make the routes."""
        return [
            desk.page(CREATE, self.ask_label),
            desk.form(CREATE, self.create),
            desk.page(REVOKE, self.ask),
            desk.form(REVOKE, self.revoke),
        ]

    def ask_label(self, session: Session, _query: Fields) -> Response:
        """Ask what the token is for."""
        return self._label_page(session, "", None)

    def create(self, session: Session, fields: Fields) -> Response:
        """Make a token and show it: in this answer, and never again."""
        typed = fields.get("label", "")
        try:
            label = read_label(typed)
        except LabelRefused as refusal:
            return self._label_page(session, typed, refusal)
        token = new_token(self._context.surroundings)
        with self._context.store.write() as connection:
            refuse_more_tokens(connection, session.account)
            keep_token(connection, session.account, token, self._context.surroundings, label)
        values = {"token": token, "label": label, "origin": self._context.settings.origin}
        return self._context.frame.private_page("dashboard/token_made.html", values)

    def ask(self, session: Session, query: Fields) -> Response:
        """Name what the token's computer could do no more."""
        with self._context.store.read() as connection:
            owned = read_belongings(connection, session.account)
        token = owned.token(query.get("token", ""))
        values = {
            "form_token": session.form_token,
            "token": token,
            "name": token_name(token, owned),
            "bound": token.machine is not None,
        }
        return self._context.frame.private_page("dashboard/revoke.html", values)

    def revoke(self, session: Session, fields: Fields) -> Response:
        """Revoke a token."""
        with self._context.store.write() as connection:
            owned = read_belongings(connection, session.account)
            revoke_token(connection, owned.token(fields.get("token", "")).token)
        return done(Notice.REVOKED)

    def _label_page(self, session: Session, typed: str, refusal: LabelRefused | None) -> Response:
        values = {
            "form_token": session.form_token,
            "typed": typed,
            "refusal": refusal,
            "longest": LONGEST_LABEL,
        }
        status = refusal.status if refusal else 200
        return self._context.frame.private_page("dashboard/create.html", values, status)
