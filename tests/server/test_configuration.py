"""Settings from the command line, the environment and a file, and what is said of wrong ones."""

import dataclasses
import ipaddress
import re
from pathlib import Path

import pytest

from claudeusage_server.configuration import CONFIG, PREFIX, names, read_settings
from claudeusage_server.settings import GitHub, Google, Limits, Proxies, Settings
from claudeusage_server.start_errors import CannotStart

SECRET = "canary7f3a"
DEFAULT = Path("by-default")
PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
ROW = re.compile(
    r"^\| `([a-z_.]+)` \| `(CLAUDEUSAGE_SERVER_\w+)` \| (.*?) \| (.+) \|$", re.MULTILINE
)

EVERYTHING = f"""
data = "/srv/usage"
host = "::1"
port = 9000
public_url = "https://usage.example/"
country_database = "/srv/countries.mmdb"
review = "off"

[google]
client_id = "google-id"
client_secret = "{SECRET}"
issuer = "http://127.0.0.1:9/google"

[github]
client_id = "github-id"
client_secret = "{SECRET}"
authorize_url = "http://127.0.0.1:9/authorize"
token_url = "http://127.0.0.1:9/token"
user_url = "http://127.0.0.1:9/user"

[proxies]
trusted = ["127.0.0.1", "10.0.0.0/8"]
country_header = "CF-IPCountry"

[limits]
uploads = "1/second"
device_starts = "2/second"
wrong_codes = "3/second"
local_proofs = "4/second"
device_polls = "5/second"
sign_ins = "6/second"
token_requests = "7/second"
dashboard = "8/second"
"""


def written(folder: Path, content: str) -> Path:
    path = folder / "server.toml"
    path.write_text(content, "utf-8")
    path.chmod(0o600)
    return path


def settings(config: Path | None = None, **typed: object) -> Settings:
    return read_settings(config, typed, DEFAULT)


def refused(config: Path | None = None, **typed: object) -> str:
    """Return what a person is told, which is one line and never the secret."""
    with pytest.raises(CannotStart) as told:
        settings(config, **typed)
    said = f"{told.value.title} {told.value.remedy}"
    assert re.fullmatch(r"[A-Z$][^\n]+\. [A-Z][^\n]+[.?]", said)
    assert SECRET not in said
    return said


def test_nothing_has_to_be_set() -> None:
    assert settings() == Settings(DEFAULT)


def test_a_file_sets_everything(tmp_path: Path) -> None:
    here = "http://127.0.0.1:9"
    assert settings(written(tmp_path, EVERYTHING)) == Settings(
        data=Path("/srv/usage"),
        host="::1",
        port=9000,
        public_url="https://usage.example",
        limits=Limits(*(f"{number}/second" for number in range(1, 9))),
        google=Google("google-id", SECRET, f"{here}/google"),
        github=GitHub("github-id", SECRET, f"{here}/authorize", f"{here}/token", f"{here}/user"),
        proxies=Proxies(
            (ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8")), "CF-IPCountry"
        ),
        country_database=Path("/srv/countries.mmdb"),
        review=False,
    )
    set_there = re.findall(r"^(\w+) =", EVERYTHING, re.MULTILINE)
    assert len(set_there) == len(names()) - 2  # a secret's file is in the place of the secret


def test_the_environment_sets_everything_that_a_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = ""
    for line in EVERYTHING.splitlines():
        if line.startswith("["):
            table = line.strip("[]") + "_"
        elif line:
            name, _, value = line.partition(" = ")
            plain = re.sub(r'[\[\]"]', "", value)
            monkeypatch.setenv(PREFIX + (table + name).upper(), plain)
    assert settings() == settings(written(tmp_path, EVERYTHING))
    assert settings().google


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, 'port = 1\nhost = "::1"\ndata = "in-file"\n')
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_PORT", "2")
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_HOST", "localhost")
    found = settings(config, port=3, host=None)
    assert (found.port, found.host, found.data) == (3, "localhost", Path("in-file"))


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG, str(written(tmp_path, "port = 1\n")))
    assert settings().port == 1
    (tmp_path / "other.toml").write_text("port = 2\n")
    assert settings(tmp_path / "other.toml").port == 2


def test_what_is_empty_in_the_environment_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_PUBLIC_URL", "")
    monkeypatch.setenv(CONFIG, "")
    assert settings().local


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('port = "http"', "The setting port, which comes from FILE, has to be a whole number"),
        ("port = true", "The setting port,"),
        ("host = 5", "The setting host, which comes from FILE, has to be text"),
        ("review = true", 'has to be "on" or "off"'),
        (
            "publik_url = 5",
            "no setting publik_url, which comes from FILE. Did you mean public_url?",
        ),
        ("[google]\nclient = 5", "no setting google.client,"),
        ("[limit]\nuploads = 5", "no setting limit,"),
        ('google = "id"', "The setting google, which comes from FILE, has to be a table"),
        ('[limits]\nuploads = "often"', "The setting limits.uploads,"),
        ('[proxies]\ntrusted = ["proxy"]', "The setting proxies.trusted,"),
        ('[proxies]\ntrusted = "0.0.0.0/0"', "would believe everybody"),
        ('[proxies]\ncountry_header = "X"', "does nothing without proxies.trusted"),
        (f'public_url = "https://u:{SECRET}@usage.example"', "without a name and a password"),
        (
            '[google]\nclient_id = "id"',
            "google.client_id does nothing without google.client_secret",
        ),
        (f'[github]\nclient_secret = "{SECRET}"', "does nothing without github.client_id"),
        ('[google]\nissuer = "https://a.example"', "google.issuer does nothing without"),
        (
            f'[google]\nclient_id = "id"\nclient_secret = "{SECRET}"\nissuer = "http://a.example"',
            "The setting google.issuer, which comes from FILE, has to begin with https://",
        ),
        (
            f'[google]\nclient_id = "id"\nclient_secret = "{SECRET}"\nclient_secret_file = "f"',
            "google.client_secret and google.client_secret_file are both set",
        ),
        (
            '[google]\nclient_id = "id"\nclient_secret_file = "missing"',
            "names a file that cannot be read: no such file",
        ),
        (f'[google]\nclient_secret = "{SECRET}\n', "FILE cannot be read: it is no TOML at line 2"),
        (f'port = 1\n"{SECRET}" = 1\n"{SECRET}" = 2\n', "it is no TOML at line 3"),
        (f'[google]\nclient_secret = "{SECRET}', "it is no TOML at its end"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_sentence(tmp_path: Path, content: str, words: str) -> None:
    config = written(tmp_path, content)
    assert words.replace("FILE", str(config)) in refused(config)


def test_what_is_wrong_is_told_with_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, "port = 1")
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_PORT", SECRET)
    assert "comes from $CLAUDEUSAGE_SERVER_PORT," in refused(config)
    assert "comes from --public-url on the command line," in refused(config, port=1, public_url="x")
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_PUBLICURL", SECRET)
    assert "CLAUDEUSAGE_SERVER_PUBLICURL, which comes from the environment." in refused(config)


@pytest.mark.parametrize("content", [b"", b" \n", b"two\nlines", b"\xff"])
def test_a_file_that_holds_no_secret_is_told(tmp_path: Path, content: bytes) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    config = written(tmp_path, f'[github]\nclient_id = "id"\nclient_secret_file = "{secret}"\n')
    assert "github.client_secret_file, which comes from" in refused(config)


def test_a_secret_may_be_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    config = written(tmp_path, f'[github]\nclient_id = "id"\nclient_secret_file = "{secret}"\n')
    config.chmod(0o644)
    assert settings(config).github == GitHub("id", SECRET)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_with_secrets_is_for_its_owner_alone(tmp_path: Path, mode: int) -> None:
    config = written(tmp_path, EVERYTHING)
    config.chmod(mode)
    assert f"can read the secrets in {config}. Close it with `chmod 600" in refused(config)
    config.write_text("port = 1\n")
    assert settings(config).port == 1


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    assert "cannot be read: " in refused(tmp_path / name)
    (tmp_path / "latin.toml").write_bytes(b'host = "\xe4"\n')
    assert "not text in UTF-8" in refused(tmp_path / "latin.toml")


def test_secrets_are_in_no_text_of_the_settings(tmp_path: Path) -> None:
    assert SECRET not in repr(settings(written(tmp_path, EVERYTHING)))


def default(name: str) -> object:
    """Return what `Settings` has where nothing is set."""
    plain = Settings(Path(), google=Google("", ""), github=GitHub("", ""))
    table, _, below = name.rpartition(".")
    found: object = getattr(getattr(plain, table) if table else plain, below, None)
    return "on" if found is True else found or ""


def test_the_page_of_settings_lists_every_one_with_its_default() -> None:
    listed = {name: (variable, default) for name, variable, default, _ in ROW.findall(PAGE)}
    assert listed.keys() == names().keys()
    for name, (variable, shown) in listed.items():
        assert variable == names()[name]
        if name != "data":
            assert shown == (f"`{value}`" if (value := default(name)) else "")


def test_every_limit_and_every_provider_member_can_be_set() -> None:
    for table, kind in (("limits", Limits), ("google", Google), ("github", GitHub)):
        for field in dataclasses.fields(kind):
            assert f"{table}.{field.name}" in names()
    for field in dataclasses.fields(Proxies):
        assert f"proxies.{field.name}" in names()
    others = {field.name for field in dataclasses.fields(Settings)} - names().keys()
    assert others == {"limits", "google", "github", "proxies", "patience"}
