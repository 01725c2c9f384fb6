"""The command ``prices import``: from a file to history that is priced again."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Run
from tests.core.samples import PRICES, PRICES_TEXT
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00Z"
NEW = "claude-opus-9"


@pytest.fixture(autouse=True)
def _used(projects: Path) -> None:
    write_transcript(
        projects,
        usage_line(1, AT, model=f"{NEW}-20270101"),
        usage_line(2, AT),
        usage_line(3, AT, model="unknown-model"),
    )


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    path = tmp_path / "newer.json"
    path.write_text(table())
    return path


def table(**members: object) -> str:
    found: dict[str, Any] = json.loads(PRICES_TEXT) | {"generated": "2026-11-23"} | members
    opus = next(each for each in found["models"] if each["id"] == "claude-opus-5-5")
    found["models"].append(json.loads(json.dumps(opus)) | {"id": NEW, "names": [NEW]})
    opus["periods"][0]["rates"]["input"] = 4.5
    return json.dumps(found)


def models(run: Run) -> dict[str, int | None]:
    rows = json.loads(run("report", "--by", "model", "--json").out)["models"]
    return {row["model"]: row["cost_microusd"] for row in rows}


def uploaded(run: Run) -> dict[str, int | None]:
    body = json.loads(run("preview", "--json").out)
    return {m["model"]: m["cost_microusd"] for day in body["days"] for m in day["models"]}


def test_a_newer_table_is_taken_and_history_priced_again(run: Run, newer: Path) -> None:
    assert models(run) == {"claude-opus-5-5": 18_040, "other": None}
    said = run("prices", "import", str(newer))
    assert (said.code, said.out) == (0, f"New: {NEW}\nclaude-opus-5-5: input $4 → $4.5\n")
    assert "The price table of 2026-11-23 is in force from now on" in said.err
    priced = {NEW: 18_040, "claude-opus-5-5": 18_045, "other": None}
    assert models(run) == uploaded(run) == priced
    assert json.loads(run("preview", "--json").out)["prices"] == "2026-11-23"


def test_every_kind_of_change_is_told_in_its_unit(run: Run, newer: Path) -> None:
    found = json.loads(newer.read_text())
    by_id = {each["id"]: each for each in found["models"]}
    by_id["claude-haiku-5-5"]["periods"][0]["long_context"]["threshold_tokens"] = 200_000
    by_id["claude-opus-4-8"]["fast"]["effective_to_exclusive"] = "2026-12-10"
    found["global_modifiers"] |= {"web_search_usd_per_request": 0.02, "batch_multiplier": 0.25}
    newer.write_text(json.dumps(found))
    assert run("prices", "import", str(newer)).out.splitlines() == [
        f"New: {NEW}",
        "All models: batch ×0.5 → ×0.25",
        "All models: web search $0.01 → $0.02",
        "claude-haiku-5-5: long prompts over 100,000 tokens → 200,000 tokens",
        "claude-opus-4-8 from 2026-12-01: fast mode none → ×2",
        "claude-opus-5-5: input $4 → $4.5",
    ]


def test_prices_tells_where_the_table_came_from(run: Run, newer: Path) -> None:
    assert f"list prices as of {PRICES.generated}, shipped." in run("prices").err
    run("prices", "import", str(newer))
    said = run("prices")
    assert "list prices as of 2026-11-23, imported." in said.err
    assert said.out.splitlines()[-1].split()[0] == NEW
    assert said.out.splitlines()[-1].split()[-1] == "imported"
    found = json.loads(run("prices", "--json").out)
    assert (found["generated"], found["source"]) == ("2026-11-23", "imported")
    assert {each["source"] for each in found["models"]} == {"imported"}


def test_an_id_of_an_import_that_was_removed_is_other_and_unpriced(
    run: Run, newer: Path, tmp_path: Path
) -> None:
    run("prices", "import", str(newer))
    assert NEW in models(run)
    (tmp_path / "program" / "prices.json").unlink()
    assert models(run) == uploaded(run) == {"claude-opus-5-5": 18_040, "other": None}
    run("prices", "import", str(newer))
    assert models(run)[NEW] == 18_040


def test_it_is_read_from_stdin(run: Run, newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(newer.read_bytes()))
    monkeypatch.setattr("sys.stdin", given)
    assert run("prices", "import", "-").code == 0
    assert json.loads(run("prices", "--json").out)["source"] == "imported"


def test_the_table_in_force_is_already_in_force(run: Run, newer: Path) -> None:
    run("prices", "import", str(newer))
    said = run("prices", "import", str(newer))
    assert (said.code, said.out, said.err) == (0, "", "This price table is already in force.\n")


def test_a_bad_table_is_refused_by_model_and_member(run: Run, newer: Path, tmp_path: Path) -> None:
    spoilt = json.loads(newer.read_text())
    del spoilt["models"][-1]["periods"][0]["rates"]["cache_read"]
    newer.write_text(json.dumps(spoilt))
    said = run("prices", "import", str(newer))
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"Model {NEW}, periods[0].rates: object missing required field `cache_read`."
        " Nothing was changed; get a whole and newer table, then import that.\n"
    )
    assert not (tmp_path / "program" / "prices.json").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PRICES_TEXT.replace(PRICES.generated, "2026-11-01"), "so it is not newer"),
        (table(generated=PRICES.generated), "with other content"),
        (table(generated="9999-12-31"), "yet to come"),
        (" " * (1 << 22) + table(), "longer than any could be"),
    ],
)
def test_what_may_not_follow_is_refused(run: Run, newer: Path, content: str, says: str) -> None:
    newer.write_text(content)
    said = run("prices", "import", str(newer))
    assert (said.code, said.out) == (1, "")
    assert says in said.err


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    said = run("prices", "import", str(tmp_path / "nothing.json"))
    assert (said.code, said.out) == (1, "")
    assert f"{tmp_path / 'nothing.json'} could not be read: No such file" in said.err


def test_an_import_that_went_bad_is_told_and_can_be_made_again(
    run: Run, newer: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "program" / "prices.json"
    run("prices", "import", str(newer))
    kept.write_text("{")
    said = run("today")
    assert (said.code, said.out) == (1, "")
    assert str(kept) in said.err
    assert "claudeusage prices import FILE" in said.err
    assert run("prices", "import", str(newer)).code == 0
    assert run("today").code == 0


def test_import_without_a_file_is_wrong_usage(run: Run) -> None:
    with pytest.raises(SystemExit) as ended:
        run("prices", "import")
    assert ended.value.code == 2
