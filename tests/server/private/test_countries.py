"""Where a visitor comes from: a trusted proxy says it, a database says it, or nobody does."""

import ipaddress
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.requests import Request

from claudeusage_server.application import create_app
from claudeusage_server.country_names import country_names
from claudeusage_server.operator_errors import CountryDatabaseUnusable
from claudeusage_server.private.countries import Countries
from claudeusage_server.settings import Proxies, Settings
from tests.server.country_database import database

PROXY = "10.0.0.1"
PROXIES = Proxies((ipaddress.ip_network("10.0.0.0/8"),), "CF-IPCountry")
RECORDS = {
    "192.0.2.0/24": {"country": {"iso_code": "DE"}},
    "198.51.100.0/24": {"country": {"iso_code": "XX"}},
    "203.0.113.0/25": {"continent": {"code": "EU"}},
    "203.0.113.128/25": {"country": "DE"},
    "2001:db8::/32": {"country": {"iso_code": "FR"}},
}


def asked(peer: str, *headers: tuple[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "client": (peer, 1), "headers": raw})


@contextmanager
def countries(
    folder: Path, records: Mapping[str, object] | None = None, version: int = 6
) -> Generator[Countries]:
    path = None
    if records is not None:
        path = folder / "countries.mmdb"
        path.write_bytes(database(records, version))
    found = Countries(Settings(folder, proxies=PROXIES, country_database=path))
    yield found
    found.close()


@pytest.mark.parametrize(
    ("told", "known"),
    [("DE", "de"), ("de", "de"), (" GB ", "gb"), ("XX", None), ("T1", None), ("UK", None)]
    + [(each, None) for each in ("", "EU", "A1", "DEU", "D", "d\u212a")],
)
def test_a_trusted_proxy_names_a_country(tmp_path: Path, told: str, known: str | None) -> None:
    with countries(tmp_path) as found:
        assert found.of(asked(PROXY, ("CF-IPCountry", told))) == known


def test_nobody_else_names_a_country(tmp_path: Path) -> None:
    with countries(tmp_path) as found:
        header = ("CF-IPCountry", "DE")
        assert found.of(asked(PROXY, header)) == "de"
        assert found.of(asked("192.0.2.1", header)) is None
        assert found.of(asked("192.0.2.1", header, ("X-Forwarded-For", PROXY))) is None
        assert found.of(asked("", header)) is None
        assert found.of(asked(PROXY, header, ("CF-IPCountry", "FR"))) is None
        assert found.of(asked(PROXY, ("X-Country", "DE"))) is None


@pytest.mark.parametrize(
    ("visitor", "known"),
    [
        ("192.0.2.1", "de"),
        ("::ffff:192.0.2.1", "de"),
        ("2001:db8::1", "fr"),
        ("198.51.100.1", None),
        ("203.0.113.1", None),
        ("203.0.113.129", None),
        ("127.0.0.1", None),
    ],
)
def test_a_database_knows_countries(tmp_path: Path, visitor: str, known: str | None) -> None:
    with countries(tmp_path, RECORDS) as found:
        assert found.of(asked(visitor)) == known
        assert found.of(asked(PROXY, ("X-Forwarded-For", f"192.0.2.1, {visitor}"))) == known


def test_what_the_proxy_does_not_know_the_database_may(tmp_path: Path) -> None:
    with countries(tmp_path, RECORDS) as found:
        forwarded = ("X-Forwarded-For", "192.0.2.1")
        assert found.of(asked(PROXY, forwarded, ("CF-IPCountry", "XX"))) == "de"
        assert found.of(asked(PROXY, forwarded, ("CF-IPCountry", "FR"))) == "fr"


def test_a_database_of_old_addresses_knows_no_new_ones(tmp_path: Path) -> None:
    old = {"192.0.2.0/24": RECORDS["192.0.2.0/24"]}
    with countries(tmp_path, old, version=4) as found:
        assert found.of(asked("192.0.2.1")) == "de"
        assert found.of(asked("2001:db8::1")) is None


def test_a_damaged_database_leaves_the_country_open(tmp_path: Path) -> None:
    path = tmp_path / "countries.mmdb"
    whole = database({"192.0.2.0/24": {"country": {"iso_code": "DE"}}})
    path.write_bytes(whole.replace(b"\x42DE", b"\xe2DE"))
    found = Countries(Settings(tmp_path, country_database=path))
    assert found.of(asked("192.0.2.1")) is None
    found.close()


@pytest.mark.parametrize("content", [None, b"", b"no database", database({})[:-40]])
def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "countries.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CountryDatabaseUnusable, match=r"country_database names .*countries\.mmdb"):
        create_app(Settings(tmp_path / "data", country_database=path))
    assert not (tmp_path / "data").exists()


def test_the_database_is_read_once_at_the_start(tmp_path: Path) -> None:
    with countries(tmp_path, RECORDS) as found:
        (tmp_path / "countries.mmdb").unlink()
        assert found.of(asked("192.0.2.1")) == "de"


def test_the_countries_are_those_of_iso_3166_by_name() -> None:
    names = country_names()
    assert len(names) == 249
    assert all(len(code) == 2 and code.isascii() and code.islower() for code in names)
    assert (names["us"], names["de"], names["ax"]) == ("United States", "Germany", "Åland Islands")
    assert not {"uk", "eu", "xx", "t1"} & names.keys()
    assert list(names)[:3] == ["af", "ax", "al"]
    assert list(names)[-1] == "zw"
