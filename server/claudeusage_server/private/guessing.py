"""How often user codes may be guessed: by one account, and by all accounts together."""

from claudeusage_server.errors import TooManyRequests
from claudeusage_server.private.context import Context

OF_ALL = "200/10minute"
"""User codes that were not found, for all accounts together.

There are 20**8 = 2.56e10 codes. While n of them are open, g guesses find one with the chance
g * n / 2.56e10. With 200 guesses and 100 open codes, which is 14,400 computers linked a day, that
is 8e-7 within ten minutes, and 4 % in a year of guessing without a pause; what is found lets a
stranger's computer upload to the finder's account, and shows nothing. The limit of one account
alone would count for little, since it grows with every account that somebody signs up.

When it is reached, an account that has not guessed wrong yet still has its first try: who types
the code of their own computer is not kept waiting by those who guess. That adds one guess for each
account.
"""

_FIRST = "1/10minute"
_OF_ONE, _OF_ALL, _WAS_FIRST = "wrong-code", "wrong-codes", "first-wrong-code"
_EVERYBODY = ""


def seconds_to_wait(context: Context, account: str) -> int:
    """Return after how many seconds an account may try a user code; 0 if it may now."""
    rates, of_one = context.rates, context.settings.limits.wrong_codes
    if rates.spent(_OF_ONE, account, of_one):
        return _left(context, _OF_ONE, account, of_one)
    if rates.spent(_OF_ALL, _EVERYBODY, OF_ALL) and rates.spent(_WAS_FIRST, account, _FIRST):
        return _left(context, _OF_ALL, _EVERYBODY, OF_ALL)
    return 0


def count_wrong(context: Context, account: str) -> None:
    """Count a user code that was not found."""
    context.rates.within(_OF_ONE, account, context.settings.limits.wrong_codes)
    context.rates.within(_OF_ALL, _EVERYBODY, OF_ALL)
    context.rates.within(_WAS_FIRST, account, _FIRST)


def _left(context: Context, purpose: str, who: str, limit: str) -> int:
    try:
        context.rates.count(purpose, who, limit)
    except TooManyRequests as refusal:
        return int(refusal.headers["Retry-After"])
    return 0  # the window has just ended
