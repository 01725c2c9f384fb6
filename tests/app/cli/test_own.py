"""Own prices on the way through the program: shown, marked, and never on the wire."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.commands import Run
from tests.loopback import loopback
from tests.processes import claudeusage
from tests.small_server import TOKEN, SmallServer
from tests.transcript_lines import SESSION, usage_line, write_transcript

AT = "2026-11-20T10:00:00Z"
RATES = "input=1\noutput=1\ncache_write_5m=1\ncache_write_1h=1\ncache_read=1\n"
SENTENCE = "* At your own prices (prices.toml) for glm-4-7; an upload holds list prices alone.\n"


@pytest.fixture
def config(tmp_path: Path, projects: Path) -> Path:
    (tmp_path / "program").mkdir()
    now = datetime.now(UTC).isoformat()
    write_transcript(
        projects,
        usage_line(1, AT, model="z-ai/GLM-4.7"),
        usage_line(2, AT),
        usage_line(3, AT, model="unknown-model"),
        usage_line(4, now, model="glm-4.7"),
        usage_line(5, "2026-11-19T10:00:00Z"),
    )
    return tmp_path / "program"


def own(config: Path, name: str = "glm-4.7", rates: str = RATES) -> None:
    (config / "prices.toml").write_text(f'["{name}"]\n{rates}')


def test_the_report_marks_the_rows_that_rest_on_own_prices(run: Run, config: Path) -> None:
    assert "*" not in run("report").out + run("report", "--by", "model").out
    own(config)
    said = run("report")
    first, second, _, total = said.out.splitlines()[1:]
    assert first.startswith("Thu 2026-11-19 ")
    assert second.startswith("Fri 2026-11-20* ")
    assert total.startswith("Total* ")
    assert said.err.endswith(SENTENCE)
    names = [line.split()[0] for line in run("report", "--by", "model").out.splitlines()]
    assert names == ["Model", "glm-4-7*", "claude-opus-5-5", "other", "Total*"]


@pytest.mark.parametrize("by", ["week", "month", "session"])
def test_every_way_to_add_up_is_marked(run: Run, config: Path, by: str) -> None:
    own(config)
    said = run("report", "--by", by, "--until", "2026-11-20")
    if by != "session":
        assert all("*" in line.split("  ")[0] for line in said.out.splitlines()[1:])
    assert said.err.endswith(SENTENCE)
    assert "*" not in run("report", "--by", by, "--until", "2026-11-18").out


def test_the_report_as_json_names_the_models_and_its_days_add_up(run: Run, config: Path) -> None:
    assert "own_prices" not in json.loads(run("report", "--json").out)
    own(config)
    found = json.loads(run("report", "--json", "--until", "2026-11-20").out)
    assert found["own_prices"] == ["glm-4-7"]
    models = [model for day in found["days"] for model in day["models"]]
    costs = {model["model"]: model["cost_microusd"] for model in models}
    assert (costs["glm-4-7"], costs["other"]) == (32_110, None)
    assert found["totals"]["cost_microusd"] == sum(m["cost_microusd"] or 0 for m in models)
    assert found["unpriced_tokens"] == 32_110
    assert "own_prices" not in json.loads(run("report", "--json", "--until", "2026-11-19").out)


def test_comma_separated_values_stay_values(run: Run, config: Path) -> None:
    own(config)
    said = run("report", "--by", "model", "--csv")
    rows = {row["model"]: row for row in csv.DictReader(io.StringIO(said.out))}
    assert rows["glm-4-7"]["cost_microusd"] == "64220"
    assert said.err.endswith(SENTENCE)


def test_today_and_the_overview_say_it(run: Run, config: Path) -> None:
    assert "own" not in run("today").err + run("today", "--json").out
    own(config)
    said = run("today")
    assert said.out.startswith("Today $0.03* · 1 session")
    assert said.err.endswith(SENTENCE)
    assert json.loads(run("today", "--json").out)["own_prices"] == ["glm-4-7"]
    overview = run()
    assert "$0.03*" in overview.out
    assert overview.err.endswith(SENTENCE)


def test_the_status_line_is_marked(config: Path, tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(config),
    }
    status = json.dumps({"session_id": SESSION}).encode()
    plain = claudeusage("statusline", environ=environ, given=status).out.decode()
    own(config)
    marked = claudeusage("statusline", environ=environ, given=status).out.decode()
    assert plain == "Today $0.00 · session $0.04\n"
    assert marked == "Today $0.03* · session $0.10*\n"


def test_a_listed_model_at_an_own_price_is_marked_under_its_id(run: Run, config: Path) -> None:
    own(config, "us.anthropic.claude-opus-5-5-v1:0")
    found = json.loads(run("report", "--by", "model", "--json").out)
    costs = {row["model"]: row["cost_microusd"] for row in found["models"]}
    assert costs["claude-opus-5-5"] == 2 * 32_110
    assert found["own_prices"] == ["claude-opus-5-5"]


def test_prices_lists_them_with_their_source(run: Run, config: Path) -> None:
    own(config, rates=RATES + "since = 2026-01-01\n")
    with (config / "prices.toml").open("a") as file:
        file.write(f'["claude-opus-5-5"]\n{RATES}["later"]\n{RATES}since = 9999-01-01\n')
    said = run("prices")
    lines = {line.split()[0]: line.split()[1:] for line in said.out.splitlines()}
    assert lines["glm-4-7"] == ["$1"] * 5 + ["2026-01-01", "prices.toml"]
    assert lines["claude-opus-5-5"] == ["$1"] * 5 + ["its", "first", "day", "prices.toml"]
    assert lines["claude-opus-5"][-1] == "shipped"
    assert "later" not in lines
    assert "never uploaded" in said.err
    models = json.loads(run("prices", "--json").out)["models"]
    sources = {each["model"]: each["source"] for each in models}
    assert len(sources) == len(models)
    assert [sources[name] for name in ("glm-4-7", "claude-opus-5-5", "claude-2")] == [
        "prices.toml",
        "prices.toml",
        "shipped",
    ]


def test_the_preview_and_the_upload_are_as_if_there_were_none(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = SmallServer()
    with loopback(server.answer) as there:
        server.origin = there.origin
        monkeypatch.setenv("CLAUDEUSAGE_API", there.origin)
        monkeypatch.setenv("CLAUDEUSAGE_TOKEN", TOKEN)
        without = run("preview", "--json").out
        for name in ("glm-4.7", "unknown-model", "claude-opus-5-5"):
            own(config, name)
            assert run("preview", "--json").out == without
        own(config)
        with (config / "prices.toml").open("a") as file:
            file.write(f'["claude-opus-5-5"]\n{RATES}')
        shown = run("sync", "--yes")
    assert server.uploads == [without.encode()]
    sent = b"".join(each.body for each in server.requests) + without.encode()
    assert b"glm" not in sent
    assert "glm" not in shown.out + shown.err
    models = {model["model"] for day in json.loads(without)["days"] for model in day["models"]}
    assert models == {"claude-opus-5-5", "other"}


def test_the_ledger_does_not_learn_the_names(run: Run, config: Path) -> None:
    own(config)
    run("report")
    (ledger,) = config.glob("ledger-*.sqlite3")
    assert b"glm" not in ledger.read_bytes().lower()


@pytest.mark.parametrize("command", ["today", "report", "prices"])
def test_a_broken_file_is_named_and_costs_the_figures(run: Run, config: Path, command: str) -> None:
    own(config, rates=RATES.replace("cache_read=1", ""))
    said = run(command)
    assert (said.code, said.out) == (1, "")
    assert f"{config / 'prices.toml'}" in said.err
    assert "'glm-4.7': object missing required field `cache_read`" in said.err
    assert run("preview", "--json").code == 0
