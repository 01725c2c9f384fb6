"""Local sign-in: the handshake of docs/local-sign-in.md."""

import re
from pathlib import Path

import pytest

from claudeusage_server import folder
from claudeusage_server.private.local import client_proof, server_proof
from tests.server.world import World

DOC = Path(__file__).parents[3] / "docs" / "local-sign-in.md"
K = bytes(range(32))


def test_the_document_has_the_bytes_that_the_server_computes() -> None:
    text = DOC.read_text("utf-8")
    host, challenge = "127.0.0.1:8787", "cd" * 32
    for proof in (
        server_proof(K, host, "ab" * 32),
        client_proof(K, "link", host, challenge),
        client_proof(K, "sign-in-code", host, challenge),
    ):
        assert proof in text


def test_the_server_proves_that_it_knows_the_secret(world: World) -> None:
    secret = bytes.fromhex((world.data / "local-secret").read_text().strip())
    answer = world.post("/api/local/proof", {"nonce": "ab" * 32}).json()
    assert answer["proof"] == server_proof(secret, "127.0.0.1:8787", "ab" * 32)


def test_a_relay_cannot_pass_the_servers_proof_on(world: World) -> None:
    secret = folder.local_secret(world.data)
    relayed = world.post("/api/local/proof", {"nonce": "ab" * 32}).json()["proof"]
    assert relayed != server_proof(secret, "127.0.0.1:9999", "ab" * 32)
    asked = world.post("/api/local/proof", {"nonce": "ab" * 32}, host="localhost:8787").json()
    assert asked["proof"] == server_proof(secret, "localhost:8787", "ab" * 32)
    assert asked["proof"] != relayed


def test_linking_in_one_step_gives_a_token_that_works(world: World) -> None:
    link = world.link()
    assert re.fullmatch(r"cu_live_[0-9a-f]{48}", link.token)
    assert re.fullmatch(r"http://127\.0\.0\.1:8787/u/anonymous-[a-z2-9]{8}", link.profile)
    assert world.get("/api/v2/me", link.token).json()["account"] == link.account
    assert world.get(link.path).status_code == 200


def test_a_program_that_came_by_localhost_gets_addresses_there(world: World) -> None:
    host = "localhost:8787"
    link = world.post("/api/local/link", world.proven("link", host), host).json()
    assert link["profile"].startswith("http://localhost:8787/u/")
    proven = world.proven("sign-in-code", host)
    code = world.post("/api/local/sign-in-code", proven, host).json()
    assert code["address"] == f"http://localhost:8787/sign-in?code={code['code']}"
    me = world.get("/api/v2/me", link["token"], Host=host).json()
    assert me["profile"] == link["profile"]


def test_there_is_one_local_account(world: World) -> None:
    assert world.link().account == world.link().account


def test_a_proof_works_once(world: World) -> None:
    proven = world.proven("link")
    assert world.post("/api/local/link", proven).status_code == 200
    answer = world.post("/api/local/link", proven)
    assert (answer.status_code, answer.json()["code"]) == (403, "proof_wrong")


def test_a_proof_is_for_one_action(world: World) -> None:
    assert world.post("/api/local/link", world.proven("sign-in-code")).status_code == 403


def test_a_proof_is_for_one_host(world: World) -> None:
    proven = world.proven("link")
    assert world.post("/api/local/link", proven, host="localhost:8787").status_code == 403


def test_a_challenge_lasts_a_minute(world: World) -> None:
    proven = world.proven("link")
    world.clock.move(seconds=60)
    assert world.post("/api/local/link", proven).status_code == 403


def test_a_wrong_proof_uses_the_challenge_up(world: World) -> None:
    proven = world.proven("link")
    wrong = proven | {"proof": "0" * 64}
    assert world.post("/api/local/link", wrong).status_code == 403
    assert world.post("/api/local/link", proven).status_code == 403


@pytest.mark.parametrize("sent", [{}, {"nonce": "x"}, {"nonce": "AB" * 32}, {"nonce": 1}])
def test_another_body_is_refused(world: World, sent: object) -> None:
    assert world.post("/api/local/proof", sent).status_code == 422
