"""What the settings make of an address."""

from pathlib import Path

import pytest

from claudeusage_server.settings import Google, Settings, refuse_unsafe_exposure
from claudeusage_server.start_errors import (
    ProviderMissing,
    PublicWithoutHttps,
)

HERE = Path("data")


def test_loopback_without_a_public_address_is_local() -> None:
    assert Settings(HERE).local
    assert Settings(HERE, host="localhost").local
    assert Settings(HERE, host="::1").local
    assert not Settings(HERE, host="0.0.0.0").local
    assert not Settings(HERE, public_url="https://usage.example").local
    assert not Settings(HERE, google=Google("id", "secret")).local


def test_the_origin_and_the_hosts_that_are_answered() -> None:
    assert Settings(HERE).origin == "http://127.0.0.1:8787"
    assert Settings(HERE).authorities == {"127.0.0.1:8787", "localhost:8787"}
    assert Settings(HERE, host="::1", port=80).authorities == {"[::1]", "localhost"}
    public = Settings(HERE, public_url="https://usage.example/")
    assert public.origin == "https://usage.example"
    assert public.authorities == {"usage.example"}
    assert public.cookie.startswith("__Host-")


def test_a_server_on_loopback_keeps_to_the_name_that_it_was_called_by() -> None:
    assert Settings(HERE).origin_at("localhost:8787") == "http://localhost:8787"
    assert Settings(HERE, host="::1").origin_at("[::1]:8787") == "http://[::1]:8787"
    at_provider = Settings(HERE, google=Google("id", "secret"))
    assert at_provider.origin_at("LOCALHOST:8787") == "http://localhost:8787"
    public = Settings(HERE, public_url="https://usage.example/")
    assert public.origin_at("usage.example") == "https://usage.example"


@pytest.mark.parametrize(
    "settings",
    [
        Settings(HERE),
        Settings(HERE, google=Google("id", "secret")),
        Settings(HERE, public_url="https://usage.example", google=Google("id", "secret")),
    ],
)
def test_a_server_that_signs_in_safely_may_start(settings: Settings) -> None:
    refuse_unsafe_exposure(settings)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (Settings(HERE, host="0.0.0.0"), PublicWithoutHttps),
        (Settings(HERE, public_url="http://usage.example"), PublicWithoutHttps),
        (Settings(HERE, public_url="https://usage.example"), ProviderMissing),
    ],
)
def test_a_server_for_others_needs_https_and_a_provider(
    settings: Settings, error: type[Exception]
) -> None:
    with pytest.raises(error):
        refuse_unsafe_exposure(settings)
