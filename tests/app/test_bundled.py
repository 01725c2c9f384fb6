"""The handshake with the server on this computer, of docs/local-sign-in.md."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from claudeusage_app.api import Api
from claudeusage_app.bundled import BundledServer, running_at
from claudeusage_app.errors import AddressInvalid, ClientError, ServerNotProven, ServerUnreachable
from tests.small_server import unread

PAGE = Path(__file__).parents[2] / "docs" / "local-sign-in.md"
VECTOR = dict(
    re.findall(r"^ {4}(\S.*?) +([0-9a-f]{64}|127\.0\.0\.1:8787)$", PAGE.read_text(), re.MULTILINE)
)
ORIGIN = "http://127.0.0.1:8787"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "local-secret").write_text(VECTOR["K"] + "\n")
    return tmp_path


class Server:
    """Whoever listens on the port, answering each path with fixed members."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self._answers = answers

    def api(self) -> Api:
        return Api(ORIGIN, httpx.MockTransport(self._handle))

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return self._handle(request)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        host = request.headers["host"]
        self.asked.append((request.url.path, host, json.loads(request.content)))
        return self._answer(self._answers[request.url.path])

    def _answer(self, members: object) -> httpx.Response:
        return unread(httpx.Response(200, content=json.dumps(members)))


def proof(key: Path, text: str) -> str:
    return BundledServer(Api(ORIGIN), ORIGIN, key)._hmac(text)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- the nonce is drawn at random


def test_the_proofs_are_those_of_the_published_vector(data: Path) -> None:
    nonce, challenge, host = VECTOR["nonce"], VECTOR["challenge"], VECTOR["host"]
    assert proof(data, f"claudeusage-server-proof:{host}:{nonce}") == VECTOR["server proof"]
    for action in ("link", "sign-in-code"):
        expected = VECTOR[f"client proof, action {action}"]
        assert proof(data, f"claudeusage-client-proof:{action}:{host}:{challenge}") == expected


def test_the_client_answers_the_challenge_for_the_host_it_connects_to(data: Path) -> None:
    class Proving(Server):
        def _handle(self, request: httpx.Request) -> httpx.Response:
            answer = super()._handle(request)
            if request.url.path != "/api/local/proof":
                return answer
            host, nonce = self.asked[-1][1], self.asked[-1][2]["nonce"]
            members = {
                "proof": proof(data, f"claudeusage-server-proof:{host}:{nonce}"),
                "challenge": VECTOR["challenge"],
            }
            return self._answer(members)

    server = Proving({"/api/local/proof": {}, "/api/local/link": {"token": "t", "name": None}})
    answer = BundledServer(server.api(), ORIGIN, data).ask("link")
    assert answer["token"] == "t"
    path, host, said = server.asked[1]
    assert (path, host) == ("/api/local/link", VECTOR["host"])
    assert said == {
        "challenge": VECTOR["challenge"],
        "proof": VECTOR["client proof, action link"],
    }
    assert re.fullmatch("[0-9a-f]{64}", server.asked[0][2]["nonce"])


def test_every_handshake_draws_its_own_nonce(data: Path) -> None:
    server = Server({"/api/local/proof": {"proof": "", "challenge": ""}})
    bundled = BundledServer(server.api(), ORIGIN, data)
    for _ in range(2):
        with pytest.raises(ServerNotProven):
            bundled.prove()
    assert server.asked[0][2]["nonce"] != server.asked[1][2]["nonce"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"proof": "", "challenge": "cd" * 32},
        {"proof": None},
        {"proof": 0},
        {"proof": "\u00e9" * 64},
        {"proof": "\ud800"},
        {"proof": VECTOR["server proof"], "challenge": VECTOR["challenge"]},
        {"proof": {"$gt": ""}},
    ],
)
def test_a_server_that_cannot_prove_itself_gets_nothing_more(
    data: Path, answer: dict[str, object]
) -> None:
    server = Server({"/api/local/proof": answer})
    with pytest.raises(ServerNotProven):
        BundledServer(server.api(), ORIGIN, data).ask("link")
    ((path, _, said),) = server.asked
    assert path == "/api/local/proof"
    assert set(said) == {"nonce"}


def test_a_relay_that_passes_on_the_proof_of_the_server_gets_nothing_more(data: Path) -> None:
    class Relay(Server):
        def _handle(self, request: httpx.Request) -> httpx.Response:
            super()._handle(request)
            said = self.asked[-1][2]["nonce"]
            real = proof(data, f"claudeusage-server-proof:{VECTOR['host']}:{said}")
            return self._answer({"proof": real, "challenge": VECTOR["challenge"]})

    relay = Relay({"/api/local/proof": {}})
    origin = "http://127.0.0.1:9999"
    api = Api(origin, httpx.MockTransport(relay.handle))
    with pytest.raises(ServerNotProven):
        BundledServer(api, origin, data).ask("link")
    assert [path for path, _, _ in relay.asked] == ["/api/local/proof"]


def test_the_bundled_server_is_never_on_another_computer(data: Path) -> None:
    with pytest.raises(AddressInvalid):
        BundledServer(Api("https://sync.example"), "https://sync.example", data)


@pytest.mark.parametrize("secret", [None, b"", b"not hex", b"\xff\xfe", b"abc"])
def test_a_secret_that_cannot_be_read_is_said_to_be_so(
    tmp_path: Path, secret: bytes | None
) -> None:
    if secret is not None:
        (tmp_path / "local-secret").write_bytes(secret)
    server = Server({"/api/local/proof": {"proof": "00" * 32, "challenge": "00" * 32}})
    with pytest.raises(ClientError, match="claudeusage serve"):
        BundledServer(server.api(), ORIGIN, tmp_path).prove()


def test_the_running_servers_address_is_in_its_data_folder(tmp_path: Path) -> None:
    (tmp_path / "address").write_text(f"{ORIGIN}\n")
    assert running_at(tmp_path) == ORIGIN


@pytest.mark.parametrize("address", [None, b"", b"\xff", b"http://example.com\n"])
def test_without_a_usable_address_nothing_is_running(tmp_path: Path, address: bytes | None) -> None:
    if address is not None:
        (tmp_path / "address").write_bytes(address)
    with pytest.raises(ServerUnreachable, match="claudeusage serve"):
        running_at(tmp_path)
