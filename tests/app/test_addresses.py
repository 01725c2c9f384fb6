"""Which server addresses a token may go to, and how foreign text is shown."""

import pytest

from claudeusage_app.addresses import SHOWN, is_loopback, is_on, origin_of, plain
from claudeusage_app.errors import AddressInvalid
from tests.foreign_text import UNSHOWN, is_plain


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("https://example.com/", "https://example.com"),
        ("HTTPS://Example.COM:443/", "https://example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("http://127.8.9.10", "http://127.8.9.10"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8787/", "http://[::1]:8787"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_has_one_spelling(address: str, origin: str) -> None:
    assert origin_of(address) == origin
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com",
        "http://192.168.1.2:8787",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0x7f.1",
        "http://localhost@example.com",
        "http://localhost@evil",
        "http://127.0.0.1@evil",
        "http://127.0.0.1:8787@evil",
        "http://somebody@127.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1.nip.io",
        "http://localtest.me",
        "http://localhost.",
        "http://127.0.0.1.",
        "http://2130706433",
        "http://0x7f000001",
        "http://0177.0.0.1",
        "http://127.1",
        "http://127.0.0.01",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::1%25eth0]",
        "http://[fe80::1%eth0]",
        "http://loc\u0430lhost",
        "http://\uff4cocalhost",
        "http://\u24dbocalhost",
        "http://local\u00adhost",
        "http://local\u200bhost",
        "http://127\u30020\u30020\u30021",
        "http://\uff11\uff12\uff17.0.0.1",
        "http://\u0661\u0662\u0667.0.0.1",
        "http://127.0.0.1\\.evil.example",
        "http://evil.example\\@127.0.0.1",
        "http://127.0.0.1#@evil",
        "http://127.0.0.1?@evil",
        "http://127.0.0.1;evil",
        "http://127.0.0.1 .evil",
        "http://127.0.0.1%2eevil",
        "http:evil.example",
        "http:///127.0.0.1",
        "https://somebody:secret@example.com",
        "https://:secret@example.com",
        "https://example.com/path",
        "https://example.com?query",
        "https://example.com:port",
        "https://example.com:99999",
        "https://[::1",
        "https://exa mple.com",
        "https://exa\\mple.com",
        "https://example..com",
        "https://" + "a" * 70 + ".com",
        "https://",
        "ftp://example.com",
        "file:///etc/passwd",
        "example.com",
        "",
    ],
)
def test_no_token_goes_to_an_address_that_is_not_safe(address: str) -> None:
    with pytest.raises(AddressInvalid) as refused:
        origin_of(address)
    assert refused.value.exit_code == 2


def test_an_address_is_shown_without_control_characters_and_cut() -> None:
    with pytest.raises(AddressInvalid) as refused:
        origin_of("http://example.com/\x1b[31m" + "x" * 5_000)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_these_are_this_computer(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.", "127.0.0.1.nip.io"]
)
def test_these_are_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("https://example.com/device?code=X", True),
        ("https://example.com:443/u/name", True),
        ("https://example.com.evil.example/", False),
        ("https://example.com@evil.example/", False),
        ("https://evil.example/https://example.com", False),
        ("https://example.com\\@evil.example/", False),
        ("http://example.com/", False),
        ("https://example.com:8443/", False),
        ("javascript:alert(1)//example.com", False),
        ("//example.com/", False),
        ("/device", False),
        ("", False),
        ("https://[", False),
        ("file:///etc/passwd", False),
        ("file://example.com/etc/passwd", False),
        ("data:text/html,https://example.com/", False),
        ("javascript://example.com/%0aalert(1)", False),
        ("ftp://example.com/", False),
        ("ms-settings:example.com", False),
        ("https://evil.example\\.example.com/", False),
        ("https://example.com\\device", False),
        ("https:\\\\example.com/", False),
        ("https://example.com/a b", False),
        (" https://example.com/", False),
        ("https://example.com/\n", False),
        ("https://exam\tple.com/", False),
        ("https://example.com/\x00", False),
        ("https://example.com/\x1b[2J", False),
        ("https://example.com/\u202egpj.exe", False),
        ("https://example.com/\u200b", False),
        ("https://example.com/\u00a0", False),
        ("https://example.com./", False),
        ("https://ex\u0430mple.com/", False),
        ("https://somebody@example.com/", False),
    ],
)
def test_only_an_address_on_the_linked_origin_is_opened(address: str, opened: bool) -> None:
    assert is_on("https://example.com", address) is opened


@pytest.mark.parametrize("text", UNSHOWN.values(), ids=UNSHOWN)
def test_nothing_of_foreign_text_acts_on_a_terminal_or_hides(text: str) -> None:
    assert not is_plain(text)
    assert is_plain(plain(f"before{text}after"))
    assert plain(f"before{text}after").startswith("before")


def test_foreign_text_is_shown_plain_and_short() -> None:
    assert plain("a\x1b[2J\r\nb\u202ec\u2028d\x00e") == "a [2J  b c d e"
    assert plain("é ✓") == "é ✓"
    assert len(plain("x" * 10_000)) == SHOWN
