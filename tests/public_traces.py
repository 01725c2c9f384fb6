"""What a public server leaves behind: its cookies, its log and its files, held to the promise."""

from tests.github_stand_in import E_MAIL, LOGIN
from tests.public_site import PublicSite
from tests.reverse_proxy import VISITOR

ADA = "subject-of-ada"
GITHUB_NUMBER = "58323114"


def hold_cookies(cookies: list[str]) -> None:
    """Assert that every cookie is for this server and its pages alone."""
    assert cookies
    for each in cookies:
        assert each.startswith("__Host-")
        members = {member.strip().lower() for member in each.split(";")[1:]}
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= members, each


def hold_log(site: PublicSite) -> None:
    """Assert that the log tells what was asked, and nothing of who asked."""
    log = site.log()
    assert log.count("event=request") > 10
    assert "route=/sign-in/{provider}/callback" in log
    assert "Traceback" not in log
    assert "level=error" not in log
    values = [value for each in site.proxy.cookies if (value := _value(each))]
    targets = {each for each in site.proxy.targets if "?" in each or "/u/" in each}
    assert values
    assert targets
    for secret in (
        *(VISITOR, ADA, GITHUB_NUMBER, LOGIN, E_MAIL, "mail.example", "cu_live_"),
        *("grace", "Grace", "anonymous-", "workbench", "google-secret", "github-secret"),
        *site.github.secrets,
        *values,
        *targets,
    ):
        assert secret not in log, secret


def hold_files(site: PublicSite) -> None:
    """Look for what is nowhere, and for what only the private store may know."""
    nowhere = {VISITOR, "mail.example", LOGIN, *site.github.secrets}
    nowhere |= {value for each in site.proxy.cookies if (value := _value(each))}
    files = {file.name: file.read_bytes() for file in site.data.iterdir()}
    assert {"private.sqlite3", "public.sqlite3"} <= files.keys()
    for name, content in files.items():
        private = set[str]() if name.startswith("private.") else {ADA, GITHUB_NUMBER, "workbench"}
        for secret in nowhere | private:
            assert secret.encode() not in content, (name, secret)


def _value(cookie: str) -> str:
    return cookie.partition(";")[0].partition("=")[2].strip('"')
