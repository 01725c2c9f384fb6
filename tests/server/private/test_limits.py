"""Rate limits, through the application."""

from pathlib import Path

from claudeusage_server.settings import Limits
from tests.server.world import World


def test_too_many_requests_with_one_token_wait(tmp_path: Path) -> None:
    world = World(tmp_path, Limits(uploads="2/minute"))
    token = world.link().token
    answers = [world.get("/api/v2/me", token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert world.get("/api/v2/me", world.link().token).status_code == 200
    world.close()
