"""The dashboard's addresses."""

from starlette.routing import Route

from claudeusage_server.private.context import Context
from claudeusage_server.private.dashboard.account import AccountForms
from claudeusage_server.private.dashboard.desk import Desk
from claudeusage_server.private.dashboard.machines import MachineForms
from claudeusage_server.private.dashboard.page import DashboardPage
from claudeusage_server.private.dashboard.tokens import TokenForms
from claudeusage_server.private.onward import DASHBOARD


def dashboard_pages(context: Context) -> list[Route]:
    """Make the routes."""
    desk, page = Desk(context), DashboardPage(context)
    return [
        desk.page(DASHBOARD, page.show),
        *MachineForms(context).routes(desk),
        *TokenForms(context).routes(desk),
        *AccountForms(context, page).routes(desk),
    ]
