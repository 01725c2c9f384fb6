"""A certified OpenID provider on this computer: the npm package ``oidc-provider``, as a process."""

import os
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from claudeusage_server.settings import Google
from tests.node import NODE, program
from tests.processes import ended

CLIENT_ID, CLIENT_SECRET = "google-id", "google-secret"


@contextmanager
def openid_provider(callbacks: Sequence[str]) -> Generator[Google]:
    """Run it until the block ends, for a client that comes back to *callbacks*.

    A person types an account, which becomes the subject.
    """
    command = (NODE, str(program("openid_provider.js")), CLIENT_ID, CLIENT_SECRET, *callbacks)
    process = subprocess.Popen(
        command,
        env={"PATH": os.defpath},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it says there that it is no provider for production
        text=True,
    )
    with process, ended(process):
        assert process.stdout is not None
        yield Google(CLIENT_ID, CLIENT_SECRET, issuer=process.stdout.readline().strip())
