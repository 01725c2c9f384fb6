"""What the tray needs to hear of changes."""

from pathlib import Path

import pytest

from claudeusage_app.doctor.report import WatchingFacts
from claudeusage_app.doctor.watching import look_at_watching, watching_problems
from claudeusage_app.program import Program
from claudeusage_app.settings import Settings


def facts(
    *, folders: int = 10, watches: int | None = 100, instances: int | None = 128, watch: bool = True
) -> WatchingFacts:
    return WatchingFacts("unknown", watch, 60, True, folders, watches, instances)


def test_every_folder_and_the_one_above_is_to_be_watched(tmp_path: Path) -> None:
    (tmp_path / "projects" / "a" / "b").mkdir(parents=True)
    (tmp_path / "max_user_watches").write_text("8192\n")
    (tmp_path / "max_user_instances").write_text("nonsense")
    program = Program.open({"CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program")})
    settings = Settings(walk_seconds=5, watch=False)
    found = look_at_watching(program, settings, [tmp_path / "projects"], tmp_path)
    assert (found.folders, found.max_user_watches, found.max_user_instances) == (4, 8192, None)
    assert (found.tray, found.watch, found.walk_seconds) == ("not_running", False, 5)


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        (facts(), []),
        (facts(folders=100), []),
        (facts(folders=101), ["watches_short"]),
        (facts(folders=101, watch=False), []),
        (facts(instances=3), ["instances_short"]),
        (facts(folders=101, watches=None, instances=None), []),
    ],
)
def test_limits_that_are_too_low_are_problems_where_the_tray_listens(
    found: WatchingFacts, codes: list[str]
) -> None:
    assert [each.code for each in watching_problems(found, 2)] == codes


def test_the_remedy_names_a_limit_that_is_enough() -> None:
    (problem,) = watching_problems(facts(folders=400_000), 2)
    assert "fs.inotify.max_user_watches=800000" in problem.remedy
