"""The command ``report``: every way to add up, in every form."""

import csv
import io
import json
from pathlib import Path

import pytest

from claudeusage_app.cli import main
from tests.transcript_lines import usage_line, write_transcript

DAYS = ("2026-10-31T10:00:00Z", "2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z")


@pytest.fixture(autouse=True)
def _transcripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CLAUDEUSAGE_CONFIG_DIR", str(tmp_path / "program"))
    monkeypatch.setenv("TZ", "UTC")
    lines = (usage_line(number, day) for number, day in enumerate(DAYS))
    write_transcript(tmp_path / "claude" / "projects", *lines)


def report(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(("report", *words)) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("day", ["2026-10-31", "2026-11-01", "2026-11-02"]),
        ("week", ["2026-W44", "2026-W45"]),
        ("month", ["2026-10", "2026-11"]),
        ("session", ["2026-10-31 10:00"]),
    ],
)
def test_every_form_has_the_same_rows(
    capsys: pytest.CaptureFixture[str], by: str, names: list[str]
) -> None:
    rows = json.loads(report(capsys, "--by", by, "--json"))[f"{by}s"]
    values = list(csv.DictReader(io.StringIO(report(capsys, "--by", by, "--csv"))))
    lines = report(capsys, "--by", by).splitlines()
    assert [row["date" if by == "day" else by] for row in rows] == names
    assert [value[by] for value in values] == names
    assert len(lines) == len(names) + 2
    assert all(name in line for name, line in zip(names, lines[1:], strict=False))
    assert lines[-1].startswith("Total")


def test_models_have_neither_sessions_nor_active_time(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(report(capsys, "--by", "model", "--json"))
    assert [row["messages"] for row in found["models"]] == [3]
    assert found["totals"]["messages"] == 3
    assert "Sessions" not in report(capsys, "--by", "model")


def test_a_period_without_usage_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(capsys, "--csv", "--since", "2027-01-01") == "\n"
    assert json.loads(report(capsys, "--json", "--since", "2027-01-01"))["days"] == []


def test_unpriced_tokens_are_told_beside_the_values_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    unknown = usage_line(9, DAYS[0], model="claude-unknown-1", output=12_000)
    write_transcript(tmp_path / "claude" / "projects" / "other", unknown)
    assert main(("report", "--csv")) == 0
    assert "44.0k tokens unpriced" in capsys.readouterr().err


def test_two_forms_at_once_are_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        main(("report", "--csv", "--json"))
    assert ended.value.code == 2


def test_a_session_belongs_to_the_period_that_it_began_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = json.loads(report(capsys, "--by", "session", "--until", "2026-10-31", "--json"))
    assert begun["totals"]["messages"] == 3
    later = json.loads(report(capsys, "--by", "session", "--since", "2026-11-01", "--json"))
    assert later["sessions"] == []
