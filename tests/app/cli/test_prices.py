"""The command ``prices``: what the shipped table says of today."""

import json

import pytest

from claudeusage_app.cli import main


def prices(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(("prices", *words)) == 0
    return capsys.readouterr().out


def test_a_model_has_its_rates_since_when_and_its_sources(
    capsys: pytest.CaptureFixture[str],
) -> None:
    models = json.loads(prices(capsys, "--json"))["models"]
    sonnet = next(each for each in models if each["model"] == "claude-sonnet-5-5")
    assert sonnet["since"] == "2026-10-07"
    assert sonnet["usd_per_million_tokens"] == {
        "input": 2.0,
        "output": 10.0,
        "cache_write_5m": 2.5,
        "cache_write_1h": 4.0,
        "cache_read": 0.1,
    }
    assert all(each["sources"] for each in models)


def test_long_prompts_have_rates_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    lines = prices(capsys).splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("claude-haiku-5-5"))
    assert lines[place].split()[1:6] == ["$0.1", "$0.5", "$0.125", "$0.2", "$0.01"]
    assert lines[place + 1].split() == ["$0.5", "$2.5", "$0.625", "$1", "$0.05", "100,000"]


def test_every_model_of_the_table_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    names = [line.split()[0] for line in prices(capsys).splitlines()[1:] if line[0] != " "]
    assert len(names) == len(set(names))
    assert {"claude-opus-4-6", "claude-opus-5-5", "claude-3-haiku"} <= set(names)
