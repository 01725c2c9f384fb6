"""A person's own prices: one TOML file with a table per model, in USD per million tokens."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, cast

import msgspec

from claudeusage_app.errors import OwnPricesInvalid
from claudeusage_core.models import ModelNames, spelling
from claudeusage_core.own_prices import OwnPrice
from claudeusage_core.pricing import KINDS, rates_of
from claudeusage_core.usage import OTHER, UNKNOWN_PREFIX

_Usd = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    input: _Usd
    output: _Usd
    cache_write_5m: _Usd
    cache_write_1h: _Usd
    cache_read: _Usd
    since: date | None = None
    """The UTC day on which these prices begin."""


def read_own_prices(path: Path, names: ModelNames) -> dict[str, OwnPrice]:
    """Read the prices by canonical id, or the spelling of what *names* lack; none without a file.

    Raise `OwnPricesInvalid`, naming file, model and member.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _invalid(path, f"{reason}.") from error
    found: dict[str, OwnPrice] = {}
    for raw, members in tables.items():
        listed = names.canonical(raw)
        name = spelling(raw) if listed == OTHER else listed
        if not name or name == OTHER or name.startswith(UNKNOWN_PREFIX) or not name.isprintable():
            raise _invalid(path, f"{raw!a} is not the name of a model.")
        if name in found:
            raise _invalid(path, f"{raw!a} is another name of a model that is there already.")
        found[name] = _price(path, raw, members)
    return found


def _price(path: Path, raw: str, members: object) -> OwnPrice:
    if _holds_tables(members):
        raise _invalid(path, f'[{raw}...]: a name with a dot stands in quotes, as in ["glm-4.7"].')
    try:
        entry = msgspec.convert(members, _Entry)
        usd = {kind: Decimal(repr(getattr(entry, kind))) for kind in KINDS}
        return OwnPrice(rates_of(usd), entry.since)
    except msgspec.ValidationError as error:
        reason = str(error).replace("`$.", "`")
        raise _invalid(path, f"{raw!a}: {reason[0].lower()}{reason[1:]}.") from error
    except (ValueError, ArithmeticError) as error:
        raise _invalid(path, f"{raw!a}: a price has at most six decimals.") from error


def _holds_tables(members: object) -> bool:
    values = cast("dict[str, object]", members).values() if isinstance(members, dict) else ()
    return any(isinstance(each, dict) for each in values)


def _invalid(path: Path, what: str) -> OwnPricesInvalid:
    return OwnPricesInvalid(f"Your own prices in {path} could not be read: {what}")
