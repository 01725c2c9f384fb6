"""The forms about computers: a label, a merge with another, a removal, each after a question."""

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import Route

from claudeusage_core import figures
from claudeusage_server.errors import LabelRefused
from claudeusage_server.private.context import Context
from claudeusage_server.private.dashboard.belongings import (
    Belongings,
    OwnMachine,
    read_belongings,
)
from claudeusage_server.private.dashboard.desk import Desk, Fields, done
from claudeusage_server.private.dashboard.notices import Notice
from claudeusage_server.private.dashboard.page import covered
from claudeusage_server.private.labels import LONGEST_LABEL, read_label
from claudeusage_server.private.machine_actions import (
    label_machine,
    merge_machine,
    remove_machine,
)
from claudeusage_server.private.onward import DASHBOARD
from claudeusage_server.private.rows import Owner
from claudeusage_server.private.sessions import Session

RENAME = f"{DASHBOARD}/machines/rename"
MERGE = f"{DASHBOARD}/machines/merge"
REMOVE = f"{DASHBOARD}/machines/remove"


class MachineForms:
    """Three questions and what becomes of their answers."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self, desk: Desk) -> list[Route]:
        """Make the routes."""
        return [
            desk.page(RENAME, self.ask_label),
            desk.form(RENAME, self.rename),
            desk.page(MERGE, self.ask_merge),
            desk.form(MERGE, self.merge),
            desk.page(REMOVE, self.ask_removal),
            desk.form(REMOVE, self.remove),
        ]

    def ask_label(self, session: Session, query: Fields) -> Response:
        """Show what the computer is called now."""
        _owned, machine = self._find(session, query)
        return self._label_page(session, machine, machine.label, None)

    def rename(self, session: Session, fields: Fields) -> Response:
        """Store a label; what cannot be one is shown again."""
        typed = fields.get("label", "")
        try:
            label = read_label(typed)
        except LabelRefused as refusal:
            _owned, machine = self._find(session, fields)
            return self._label_page(session, machine, typed, refusal)
        with self._context.store.write() as connection:
            machine = _named(connection, session, fields)
            label_machine(connection, Owner(session.account, machine.machine), label)
        return done(Notice.RENAMED)

    def ask_merge(self, session: Session, query: Fields) -> Response:
        """Ask with which other computer this one is the same."""
        owned, machine = self._find(session, query)
        likest = owned.repeating.get(machine.machine)
        others = [other for other in owned.machines.values() if other is not machine]
        return self._page(
            "merge", session, machine, others=others, likest=likest, covers=self._covers(machine)
        )

    def merge(self, session: Session, fields: Fields) -> Response:
        """Merge two computers, in public too."""
        with self._context.store.write() as connection:
            owned = read_belongings(connection, session.account)
            machine, into = (owned.machine(fields.get(name, "")) for name in ("machine", "into"))
            if machine is not into:
                owner = Owner(session.account, machine.machine)
                merge_machine(connection, owner, into.machine)
        self._context.publish_at_once(session.account)
        return done(Notice.MERGED)

    def ask_removal(self, session: Session, query: Fields) -> Response:
        """Name what would go."""
        owned, machine = self._find(session, query)
        bound = sum(token.machine == machine.machine for token in owned.tokens)
        days, tokens = figures.plural(machine.days, "day"), figures.plural(bound, "token")
        return self._page(
            "remove", session, machine, days=days, tokens=tokens, covers=self._covers(machine)
        )

    def remove(self, session: Session, fields: Fields) -> Response:
        """Remove a computer with its days, in public too."""
        with self._context.store.write() as connection:
            machine = _named(connection, session, fields)
            remove_machine(connection, Owner(session.account, machine.machine))
        self._context.publish_at_once(session.account)
        return done(Notice.MACHINE_REMOVED)

    def _find(self, session: Session, fields: Fields) -> tuple[Belongings, OwnMachine]:
        with self._context.store.read() as connection:
            owned = read_belongings(connection, session.account)
        return owned, owned.machine(fields.get("machine", ""))

    def _covers(self, machine: OwnMachine) -> str:
        return covered(machine, self._context.surroundings.now())

    def _label_page(
        self, session: Session, machine: OwnMachine, typed: str, refusal: LabelRefused | None
    ) -> Response:
        status = refusal.status if refusal else 200
        values = {"typed": typed, "refusal": refusal, "longest": LONGEST_LABEL}
        return self._page("rename", session, machine, status, **values)

    def _page(
        self, name: str, session: Session, machine: OwnMachine, status: int = 200, **values: object
    ) -> Response:
        everything = {"form_token": session.form_token, "machine": machine, **values}
        return self._context.frame.private_page(f"dashboard/{name}.html", everything, status)


def _named(connection: Connection, session: Session, fields: Fields) -> OwnMachine:
    return read_belongings(connection, session.account).machine(fields.get("machine", ""))
