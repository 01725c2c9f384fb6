"""The country that a visitor comes from, told once at sign-up and never from a stored address."""

from typing import Protocol, cast

import maxminddb
from pydantic import BaseModel
from starlette.requests import Request

from claudeusage_server.country_names import country_names
from claudeusage_server.folder import reason
from claudeusage_server.operator_errors import CountryDatabaseUnusable
from claudeusage_server.settings import Settings
from claudeusage_server.web.guard import log_failure
from claudeusage_server.web.visitor import Address, address, by_trusted_proxy


class Countries:
    """Where visitors come from, as far as a trusted proxy or the operator's database tells."""

    def __init__(self, settings: Settings) -> None:
        """Read the operator's database into memory; raise `CountryDatabaseUnusable`."""
        self._proxies = settings.proxies
        self._database = _opened(settings)

    def of(self, request: Request) -> str | None:
        """Return two lower-case letters, None where the country is not known."""
        return self._told(request) or self._found(address(request, self._proxies))

    def close(self) -> None:
        """Let the database go."""
        if self._database is not None:
            self._database.close()

    def _told(self, request: Request) -> str | None:
        header = self._proxies.country_header
        if header is None or not by_trusted_proxy(request, self._proxies):
            return None
        told = request.headers.getlist(header)
        # Where there are two, one of them may be the visitor's own.
        return _known(told[0]) if len(told) == 1 else None

    def _found(self, visitor: Address | None) -> str | None:
        if self._database is None or visitor is None:
            return None
        try:
            located = _Located.model_validate(self._database.get(visitor))
        except ValueError:  # no such address in it, or an address of IPv6 and none of them in it
            return None
        except maxminddb.InvalidDatabaseError as error:
            log_failure("a country could not be looked up", error)
            return None
        return _known(located.country.iso_code)


class _Country(BaseModel):
    iso_code: str


class _Located(BaseModel):
    """What is read of a database's record of an address."""

    country: _Country


class _Database(Protocol):
    """What is asked of maxminddb's reader, whose own types are not whole."""

    def get(self, address: Address, /) -> object:
        """Return the record of the network that holds an address, None where there is none."""

    def close(self) -> None: ...


def _known(code: str) -> str | None:
    """Take a country's code; proxies have others too, for what they do not know."""
    lower = code.strip().lower()
    return lower if lower in country_names() else None


def _opened(settings: Settings) -> _Database | None:
    path = settings.country_database
    if path is None:
        return None
    try:
        return cast("_Database", maxminddb.open_database(str(path), maxminddb.MODE_MEMORY))  # pyright: ignore[reportUnknownMemberType] -- see `_Database`
    except OSError as error:
        raise CountryDatabaseUnusable(path, reason(error)) from error
    except (maxminddb.InvalidDatabaseError, TypeError, ValueError) as error:
        # The last two are raised where the file's own description is not whole.
        raise CountryDatabaseUnusable(path, "it is not in MaxMind's format") from error
