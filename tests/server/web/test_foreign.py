"""What other sites can make a browser send: forms of theirs, and names that are not this server."""

import json
import socket
from collections.abc import Generator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from claudeusage_core import wire
from claudeusage_server.errors import FormForeign
from claudeusage_server.settings import Limits
from tests.processes import PATIENCE_SECONDS
from tests.server.everywhere import addresses
from tests.server.test_cli import serving
from tests.server.world import World, public_settings

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(params=["local", "public"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[World]:
    data = tmp_path / "data"
    often = replace(public_settings(data), limits=Limits(sign_ins="100000/minute"))
    made = World(data, settings=often if request.param == "public" else None)
    made.sign_in_as("owner")
    yield made
    made.close()


def forms(world: World) -> list[str]:
    """Return every address outside the API that takes a form."""
    pages = [path for path in addresses(world, "x") if not path.startswith("/api")]
    own = FORM | {"Origin": world.origin}
    return [
        path
        for path in pages
        if world.request("POST", path, b"", own).status_code not in {404, 405}
    ]


def sent(world: World, path: str, headers: dict[str, str]) -> httpx.Response:
    """Send a form with everything right but what *headers* say of where it stood."""
    cookie = world.cookies[world.settings.cookie]
    token = world.app.context.hashes.form_token(cookie)
    content = f"form_token={token}&code=BBBBBBBB&decision=approve".encode()
    return world.request("POST", path, content, FORM | headers)


def foreign(own: str) -> list[dict[str, str]]:
    """Return what browsers say of forms that stood elsewhere, and what says nothing at all."""
    scheme, _, host = own.partition("://")
    origins = [
        "https://evil.example",
        "null",
        "",
        f"{scheme}://{host.partition(':')[0]}:444",
        f"{'http' if scheme == 'https' else 'https'}://{host}",
        f"{own}.evil.example",
        f"{own}.",
        f"{own}/",
        f"{scheme}://evil.example@{host}",
        f"{own}, https://evil.example",
    ]
    sites = ["cross-site", "same-site", "none", "", "same-origin, cross-site"]
    return [
        *({"Origin": origin} for origin in origins),
        *({"Origin": origin, "Sec-Fetch-Site": "same-origin"} for origin in origins),
        *({"Origin": own, "Sec-Fetch-Site": site} for site in sites),
        *({"Sec-Fetch-Site": site} for site in sites),
        {},
        {"Referer": own + "/device"},
        {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"},
    ]


def test_no_form_of_another_site_is_taken(either: World) -> None:
    found = forms(either)
    assert "/device" in found
    either.sign_in_as("owner")  # one of the forms may have signed this browser out
    before = dict(either.cookies)
    for path in found:
        for headers in foreign(either.origin):
            answer = sent(either, path, headers)
            assert answer.status_code == 403, (path, headers)
            assert FormForeign.title in unescape(answer.text)
            assert "set-cookie" not in answer.headers
            assert either.cookies == before


def test_every_form_of_our_own_is_taken(either: World) -> None:
    for path in forms(either):
        for headers in (
            {"Origin": either.origin},
            {"Sec-Fetch-Site": "same-origin"},
            {"Origin": either.origin, "Sec-Fetch-Site": "same-origin"},
        ):
            either.sign_in_as("owner")
            answer = sent(either, path, headers)
            assert FormForeign.title not in unescape(answer.text), (path, headers)


def hosts(own: str) -> list[str]:
    """Return values of ``Host`` that are not a name of this server."""
    name, _, port = own.partition(":")
    return [
        "evil.example",
        f"evil.example:{port or 443}",
        f"{name}.:{port}" if port else f"{name}.",
        f"x@{own}",
        f"{own}@evil.example",
        f"{own}.evil.example",
        f"{own}/",
        f"{own}, evil.example",
        f"{name}:444",
        f"{name}:",
        f"0{own}",
        f"[::1]:{port}",
        "0.0.0.0",
        "",
        *([name] if port else []),
    ]


def test_no_other_name_is_answered_by_either_server(either: World) -> None:
    own = either.origin.partition("://")[2]
    for host in hosts(own):
        for path in ("/", "/device", wire.ME_PATH, "/static/site.css"):
            answer = either.get(path, Host=host)
            assert answer.status_code == 421, host
            assert "evil" not in answer.text
        forwarded = {"X-Forwarded-Host": own, "X-Host": own, "Forwarded": f"host={own}"}
        assert either.get("/", Host=host, **forwarded).status_code == 421
    assert either.get("/", Host=own.upper()).status_code == 200


def test_what_a_stranger_says_of_the_host_reaches_no_address_that_is_given_out(
    either: World,
) -> None:
    headers = {
        "Content-Type": "application/json",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "ftp",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/evil",
        "Forwarded": "host=evil.example;proto=ftp",
    }
    answer = either.request("POST", wire.AUTH_START_PATH, b"{}", headers).json()
    assert answer["verificationUri"] == either.origin + "/device"
    page = either.request("GET", "/device?code=BBBBBBBB", headers=headers)
    assert "evil" not in str(page.headers) + page.text


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Run a local server, and give the name that it listens under."""
    with serving(tmp_path_factory.mktemp("foreign") / "data") as (origin, _process):
        yield urlsplit(origin).netloc


def answered(authority: str, *lines: str, content: bytes = b"") -> tuple[int, bytes]:
    """Send a request as it is written here, and return the status and the body of its answer."""
    name, _, port = authority.partition(":")
    request = "\r\n".join((*lines, "Connection: close", "", "")).encode("latin-1") + content
    with socket.create_connection((name, int(port)), PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        said = b""
        while piece := connection.recv(65_536):
            said += piece
    head, _, received = said.partition(b"\r\n\r\n")
    assert b"evil" not in head
    return int(head.split()[1]), received


def test_over_a_socket_only_the_bound_names_are_answered(authority: str) -> None:
    port = authority.partition(":")[2]
    get = "GET /healthz HTTP/1.1"
    for host in (authority, f"localhost:{port}", f"LOCALHOST:{port}"):
        assert answered(authority, get, f"Host: {host}")[0] == 200
    for host in [*hosts(authority), *hosts(f"localhost:{port}")]:
        assert answered(authority, get, f"Host: {host}")[0] in {400, 421}, host


def test_over_a_socket_a_host_that_is_missing_or_twice_there_is_refused(authority: str) -> None:
    get, own, other = "GET /healthz HTTP/1.1", f"Host: {authority}", "Host: evil.example"
    for lines in ((get,), (get, own, other), (get, other, own), (get, own, own)):
        assert answered(authority, *lines)[0] == 400, lines
    assert answered(authority, "GET /healthz HTTP/1.0")[0] == 421
    assert answered(authority, "GET /healthz HTTP/1.0", other)[0] == 421


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/healthz",
        "http://evil.example@AUTHORITY/healthz",
        "https://AUTHORITY.evil.example/healthz",
        "//evil.example/healthz",
        "/\\evil.example/healthz",
        "evil.example:443",
        "*",
        "healthz",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "CONNECT"])
def test_over_a_socket_no_target_leads_elsewhere(authority: str, method: str, target: str) -> None:
    first = f"{method} {target.replace('AUTHORITY', authority)} HTTP/1.1"
    status, said = answered(authority, first, f"Host: {authority}", "Content-Length: 0")
    assert status in {400, 404, 405, 421}
    assert b"evil" not in said
    assert answered(authority, first, "Host: evil.example", "Content-Length: 0")[0] in {400, 421}


def test_over_a_socket_the_address_given_out_is_the_one_that_was_asked(authority: str) -> None:
    lines = (
        f"POST {wire.AUTH_START_PATH} HTTP/1.1",
        f"Host: {authority}",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-For: 203.0.113.9",
        "Forwarded: host=evil.example",
        "Content-Type: application/json",
        "Content-Length: 2",
    )
    status, said = answered(authority, *lines, content=b"{}")
    assert (status, json.loads(said)["verificationUri"]) == (200, f"http://{authority}/device")


def test_over_a_socket_a_form_of_another_site_is_refused(authority: str) -> None:
    own = f"http://{authority}"
    for headers in foreign(own):
        given = [f"{name}: {value}" for name, value in headers.items()]
        status, said = answered(
            authority,
            "POST /sign-in HTTP/1.1",
            f"Host: {authority}",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 6",
            *given,
            content=b"code=x",
        )
        assert status == 403, headers
        assert FormForeign.title in unescape(said.decode())
