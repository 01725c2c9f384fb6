"""What the value of a setting can be."""

import ipaddress
from collections.abc import Callable

import pytest

from claudeusage_server import setting_values as values

CANARY = "canary7f3a"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://usage.example", "https://usage.example"),
        ("https://Usage.Example:443/", "https://usage.example"),
        ("https://usage.example:8443", "https://usage.example:8443"),
        ("http://usage.example:80", "http://usage.example"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_a_public_address_is_written_as_a_browser_writes_it(given: str, read: str) -> None:
    assert values.origin(given) == read


@pytest.mark.parametrize(
    ("check", "given"),
    [
        *(
            (values.origin, each)
            for each in ("", "usage.example", "ftp://usage.example", "https://")
        ),
        (values.origin, f"https://usage.example/{CANARY}"),
        (values.origin, f"https://usage.example?{CANARY}"),
        (values.origin, f"https://usage.example/#{CANARY}"),
        (values.origin, f"https://name:{CANARY}@usage.example"),
        (values.origin, f"https://usage.example:{CANARY}"),
        (values.origin, "https://usage.example:0"),
        (values.origin, "https://usage.example:70000"),
        (values.origin, "https://[usage.example"),
        (values.origin, "https://bücher.example"),
        (values.origin, "https://usage .example"),
        (values.origin, 5),
        (values.provider_address, f"http://accounts.example/{CANARY}"),
        (values.provider_address, f"https://accounts.example/?{CANARY}"),
        (values.port, CANARY),
        *((values.port, each) for each in ("", "-2", "65537", 65_536, -1, True, 80.0, "8_0", "²")),
        *((values.switch, each) for each in (CANARY, "", True, 1, "ON")),
        *((values.text, each) for each in ("", " ", 5, [CANARY], None)),
        *((values.networks, each) for each in (CANARY, "10.0.0.1/8", "0.0.0.0/0", "::/0", 5, [5])),
        *((values.header, each) for each in ("", f"{CANARY}:", "a b")),
        *((values.limit, each) for each in (CANARY, "", "0/minute", 600, "1/second;9/minute")),
    ],
)
def test_what_cannot_be_is_told_without_its_value(
    check: Callable[[object], object], given: object
) -> None:
    with pytest.raises(ValueError, match=r"^(has to|is empty|would)") as told:
        check(given)
    assert CANARY not in str(told.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://accounts.example/realm",
        "http://127.0.0.1:9/a",
        "http://localhost",
        "http://[::1]:9",
    ],
)
def test_plain_http_is_for_a_provider_on_this_computer(address: str) -> None:
    assert values.provider_address(address) == address


@pytest.mark.parametrize(
    "given", ["127.0.0.1, 10.0.0.0/8,::1", ["127.0.0.1", " 10.0.0.0/8", "::1"]]
)
def test_proxies_are_a_list_or_text_with_commas(given: object) -> None:
    networks = ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    assert values.networks(given) == tuple(map(ipaddress.ip_network, networks))


def test_what_can_be_is_taken() -> None:
    assert (values.port("0"), values.port(65_535)) == (0, 65_535)
    assert (values.switch("on"), values.switch("off")) == (True, False)
    assert values.text(" a ") == "a"
    assert values.header("CF-IPCountry") == "CF-IPCountry"
    assert values.limit("10/10minute") == "10/10minute"
    assert values.networks([]) == ()
