"""Whose address asks, with proxies in between that are trusted or not."""

import ipaddress

import pytest
from starlette.requests import Request

from claudeusage_server.settings import Proxies
from claudeusage_server.web.visitor import address, by_trusted_proxy, counted_as

PROXIES = Proxies(tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "fd00::/8"))))


def asked(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    client = None if peer is None else (peer, 1)
    return Request({"type": "http", "client": client, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("203.0.113.1",), "192.0.2.1"),
        ("10.0.0.1", ("203.0.113.1",), "203.0.113.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1, 203.0.113.1",), "203.0.113.1"),
        ("10.0.0.1", ("203.0.113.1, 10.0.0.2",), "203.0.113.1"),
        ("10.0.0.1", ("203.0.113.1", "10.0.0.2"), "203.0.113.1"),
        ("10.0.0.1", ("203.0.113.1,198.51.100.1", "10.0.0.3 , 10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", ("203.0.113.1, unknown",), "10.0.0.1"),
        ("10.0.0.1", ("203.0.113.1, unknown, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("203.0.113.1:4711",), "203.0.113.1"),
        ("fd00::1", ("[2001:db8::1]:4711",), "2001:db8::1"),
        ("fd00::1", ("[2001:db8::1]",), "2001:db8::1"),
        ("fd00::1%eth0", ("2001:db8::1",), "2001:db8::1"),
        ("::ffff:10.0.0.1", ("::ffff:203.0.113.1",), "203.0.113.1"),
    ],
)
def test_the_right_most_address_that_is_no_trusted_proxy_asks(
    peer: str, forwarded: tuple[str, ...], visitor: str
) -> None:
    assert address(asked(peer, *forwarded), PROXIES) == ipaddress.ip_address(visitor)


def test_without_a_trusted_proxy_the_peer_asks_whatever_it_says() -> None:
    request = asked("127.0.0.1", "203.0.113.1")
    assert address(request, Proxies()) == ipaddress.ip_address("127.0.0.1")


@pytest.mark.parametrize("peer", [None, "", "testclient"])
def test_a_peer_without_an_address_is_nobody(peer: str | None) -> None:
    assert address(asked(peer, "203.0.113.1"), PROXIES) is None
    assert counted_as(asked(peer), PROXIES) == ""
    assert not by_trusted_proxy(asked(peer), PROXIES)


def test_only_the_peer_makes_a_proxy_trusted() -> None:
    assert by_trusted_proxy(asked("10.0.0.1"), PROXIES)
    assert not by_trusted_proxy(asked("192.0.2.1", "10.0.0.1"), PROXIES)


def test_a_network_of_64_bits_is_one_visitor() -> None:
    counted = {counted_as(asked(f"2001:db8::{low}"), PROXIES) for low in ("1", "2", "a:b:c:d")}
    assert counted == {"2001:db8::/64"}
    assert counted_as(asked("2001:db8:0:1::1"), PROXIES) == "2001:db8:0:1::/64"
    assert counted_as(asked("192.0.2.1"), PROXIES) != counted_as(asked("192.0.2.2"), PROXIES)
