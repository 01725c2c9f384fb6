"""What signing in leaves behind: who somebody is, as a number, and nothing else."""

import logging

import pytest

from tests.github_stand_in import E_MAIL as OTHER_E_MAIL
from tests.github_stand_in import LOGIN, GitHubStandIn
from tests.server.handmade_provider import E_MAIL, SUBJECT, HandmadeProvider
from tests.server.sign_in import ATTEMPT, SESSION, begin, begin_link, come_back, linked_at
from tests.server.world import Logs, World

AGENT, ADDRESS = "Mozilla/5.0 (a browser)", "203.0.113.77"


def test_neither_stores_nor_logs_hold_anything_of_a_provider(
    here: World,
    provider: HandmadeProvider,
    github: GitHubStandIn,
    logs: Logs,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.CRITICAL, "httpx")  # the browser of this test
    here.headers = {"User-Agent": AGENT, "X-Forwarded-For": ADDRESS}
    asked = begin(here, "github")
    secrets = [here.cookies[ATTEMPT].rpartition(".")[2]]
    come_back(here, asked, "github", code=github.agree(asked, "583231"))
    asked = linked_at(begin_link(here))
    secrets.append(here.cookies[ATTEMPT].rpartition(".")[2])
    come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    come_back(here, asked, code=provider.agree(asked), iss=provider.origin, state="forged")
    secrets += [here.cookies[SESSION], provider.settings.client_secret]
    secrets += [*provider.secrets, *github.secrets, E_MAIL, OTHER_E_MAIL, LOGIN, AGENT, ADDRESS]
    assert len(set(secrets)) > 15
    here.close()
    files = [path for path in here.data.iterdir() if path.is_file()]
    held = b"".join(path.read_bytes() for path in files)
    public = b"".join(path.read_bytes() for path in files if path.name.startswith("public"))
    for secret in secrets:
        assert secret.encode() not in held, secret
        assert secret not in logs.text + caplog.text, secret
    for subject in ("583231", SUBJECT):
        assert subject.encode() in held
        assert subject.encode() not in public
        assert subject not in logs.text + caplog.text
    assert "route=/sign-in/{provider}/callback status=303" in logs.text
