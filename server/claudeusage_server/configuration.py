"""The settings, from the command line, the environment and one file, checked before the start.

The command line goes before the environment, the environment before the file, the file before what
is set by default. In the file a setting may stand in a table, such as ``client_id`` in
``[google]``: it is called ``google.client_id``, and in the environment
``CLAUDEUSAGE_SERVER_GOOGLE_CLIENT_ID``.
"""

import os
import re
import sys
import tomllib
from collections.abc import Generator, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

from pydantic import BeforeValidator, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from claudeusage_server import setting_values as values
from claudeusage_server.folder import reason
from claudeusage_server.operator_errors import (
    ConfigOpen,
    ConfigUnreadable,
    SettingMissing,
    SettingTwice,
    SettingUnknown,
    SettingWrong,
)
from claudeusage_server.settings import GitHub, Google, Limits, Network, Proxies, Settings

PREFIX = "CLAUDEUSAGE_SERVER_"
CONFIG = PREFIX + "CONFIG"
"""Names the file, where the command line names none."""
_TABLES = ("google", "github", "proxies", "limits")
_SECRET = "client_secret"  # noqa: S105 -- the name of a setting
_OTHERS = 0o077

_Text = Annotated[str, BeforeValidator(values.text)] | None
_File = Annotated[Path, BeforeValidator(values.text)] | None
_Port = Annotated[int, BeforeValidator(values.port)] | None
_Switch = Annotated[bool, BeforeValidator(values.switch)] | None
_Origin = Annotated[str, BeforeValidator(values.origin)] | None
_Address = Annotated[str, BeforeValidator(values.provider_address)] | None
_Networks = Annotated[tuple[Network, ...], BeforeValidator(values.networks)] | None
_Header = Annotated[str, BeforeValidator(values.header)] | None
_Limit = Annotated[str, BeforeValidator(values.limit)] | None


class _Given(BaseSettings):
    """What was set, each under its name without a dot; None stands for the default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid")

    data: _File = None
    host: _Text = None
    port: _Port = None
    public_url: _Origin = None
    country_database: _File = None
    review: _Switch = None
    google_client_id: _Text = None
    google_client_secret: _Text = None
    google_client_secret_file: _File = None
    google_issuer: _Address = None
    github_client_id: _Text = None
    github_client_secret: _Text = None
    github_client_secret_file: _File = None
    github_authorize_url: _Address = None
    github_token_url: _Address = None
    github_user_url: _Address = None
    proxies_trusted: Annotated[_Networks, NoDecode] = None
    proxies_country_header: _Header = None
    limits_uploads: _Limit = None
    limits_device_starts: _Limit = None
    limits_wrong_codes: _Limit = None
    limits_local_proofs: _Limit = None
    limits_device_polls: _Limit = None
    limits_sign_ins: _Limit = None
    limits_token_requests: _Limit = None
    limits_dashboard: _Limit = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 -- pydantic-settings hands it over
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is handed over: `read_settings` knows where each value comes from."""
        return (init_settings,)

    def part(self, table: str) -> dict[str, str]:
        """Return what was set of a table of texts."""
        found = self.model_dump(exclude_none=True)
        return {
            name.removeprefix(f"{table}_"): str(value)
            for name, value in found.items()
            if name.startswith(f"{table}_")
        }


def names() -> dict[str, str]:
    """List every setting: its name, and the one that it has in the environment."""
    return {_dotted(field): PREFIX + field.upper() for field in _Given.model_fields}


def read_settings(
    config: Path | None, typed: Mapping[str, object | None], default_data: Path
) -> Settings:
    """Read and check every setting; *typed* are those of the command line, None where not typed.

    Raises the errors under `OperatorError`, which name a setting and where it comes from.
    """
    if config is None and os.environ.get(CONFIG):
        config = Path(os.environ[CONFIG])
    in_file = {} if config is None else _from_file(config)
    found = in_file | _from_environment() | _from_command_line(typed)
    given = _checked(found)
    if given.proxies_country_header and not given.proxies_trusted:
        raise SettingMissing("proxies.country_header", "proxies.trusted")
    google, github = _provider("google", given, found), _provider("github", given, found)
    chosen = given.model_dump(include={"host", "port", "review"}, exclude_none=True)
    return Settings(
        data=given.data or default_data,
        public_url=given.public_url,
        limits=Limits(**given.part("limits")),
        google=Google(**google) if google else None,
        github=GitHub(**github) if github else None,
        proxies=Proxies(given.proxies_trusted or (), given.proxies_country_header),
        country_database=given.country_database,
        **chosen,
    )


class _Found(NamedTuple):
    """A value as it was written, and where."""

    value: object
    source: str


_Source = Mapping[str, _Found]


def _from_command_line(typed: Mapping[str, object | None]) -> dict[str, _Found]:
    return {
        field: _Found(value, f"--{field.replace('_', '-')} on the command line")
        for field, value in typed.items()
        if value is not None
    }


def _from_environment() -> dict[str, _Found]:
    known = {*names().values(), CONFIG}
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SettingUnknown(name, "the environment", _nearest(name, known))
    return {
        field: _Found(value, f"${PREFIX}{field.upper()}")
        for field, value in EnvSettingsSource(_Given)().items()
    }


def _from_file(path: Path) -> dict[str, _Found]:
    table, is_open = _read_file(path)
    listed = dict(_flat(table, str(path)))
    for name in listed:
        if name not in names():
            raise SettingUnknown(name, str(path), _nearest(name, names()))
    if is_open and any(name.endswith(f".{_SECRET}") for name in listed):
        raise ConfigOpen(path)
    return {name.replace(".", "_"): _Found(value, str(path)) for name, value in listed.items()}


def _read_file(path: Path) -> tuple[dict[str, object], bool]:
    """Return what the file says, and whether others can read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            return tomllib.load(file), sys.platform != "win32" and bool(mode & _OTHERS)
    except OSError as error:
        raise ConfigUnreadable(path, reason(error)) from error
    except UnicodeDecodeError as error:
        raise ConfigUnreadable(path, "it is not text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        # Its own words may repeat a piece of the file.
        place = re.search(r"line \d+, column \d+", str(error))
        raise ConfigUnreadable(
            path, f"it is no TOML at {place[0] if place else 'its end'}"
        ) from None


def _flat(table: Mapping[str, object], source: str) -> Generator[tuple[str, object]]:
    for name, value in table.items():
        if name not in _TABLES:
            yield name, value
        elif isinstance(value, dict):
            for below, each in cast("dict[str, object]", value).items():
                yield f"{name}.{below}", each
        else:
            raise SettingWrong(name, source, f"has to be a table that begins with [{name}]")


def _checked(found: _Source) -> _Given:
    written: dict[str, Any] = {field: each.value for field, each in found.items()}
    try:
        return _Given(**written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        # Each setting has a check of ours, whose words are in the context.
        words = str(first["ctx"]["error"]) if "ctx" in first else "has a value of another kind"
        raise SettingWrong(_dotted(field), found[field].source, words) from None


def _provider(table: str, given: _Given, found: _Source) -> dict[str, str]:
    """Return what was set of a provider, with its secret; nothing where nothing was set."""
    part = given.part(table)
    first = next(iter(part), "")
    if f"{_SECRET}_file" in part:
        if _SECRET in part:
            raise SettingTwice(f"{table}.{_SECRET}", f"{table}.{_SECRET}_file")
        name = f"{table}.{_SECRET}_file"
        path = Path(part.pop(f"{_SECRET}_file"))
        part[_SECRET] = _read_secret(path, name, found[name.replace(".", "_")].source)
    for needed in ("client_id", _SECRET):
        if part and needed not in part:
            raise SettingMissing(f"{table}.{first}", f"{table}.{needed}")
    return part


def _read_secret(path: Path, name: str, source: str) -> str:
    try:
        secret = path.read_text("utf-8").strip()
    except OSError as error:
        words = f"names a file that cannot be read: {reason(error)}"
        raise SettingWrong(name, source, words) from error
    except UnicodeDecodeError:
        raise SettingWrong(name, source, "names a file that holds no text") from None
    if not secret or not secret.isprintable():
        raise SettingWrong(name, source, "names a file that does not hold one line")
    return secret


def _dotted(field: str) -> str:
    table, _, below = field.partition("_")
    return f"{table}.{below}" if table in _TABLES else field


def _nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, known, 1)), None)
