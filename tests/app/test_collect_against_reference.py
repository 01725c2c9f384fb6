"""The whole reading, from files to day rows, held against the slow reader of `tests.reference`."""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.states import States
from claudeusage_core.aggregate import day_rows
from claudeusage_core.moments import milliseconds
from claudeusage_core.payload import day_of
from claudeusage_core.responses import counts_by
from claudeusage_core.wire import ACCOUNTING, canonical
from claudeusage_resources.price_table import shipped_prices
from tests import corpus, reference

BERLIN = ZoneInfo("Europe/Berlin")
PRICES = shipped_prices()
REAL = Path(__file__).parents[3] / "shared" / "transcripts"
"""Real transcripts with filler text, where they stand beside the checkout."""
EXPECTED = REAL / "expected.json"

BOUND_TO = (1, "2026-11-22", "f63dd8a261ee0778d697d0bf50dacbdd9d32ceda3908d4d29f084d1253c6eacd")
"""The version of the counting rules, the price table, and the SHA-256 of the rows they give.

Where rows differ because they are counted in another way, the version is another one too. Where
only the table or the corpus is new, it stays.
"""

needs_real_transcripts = pytest.mark.skipif(
    not EXPECTED.is_file(), reason="../shared/transcripts does not stand beside the checkout"
)


def collect(ledger: Path, *folders: Path) -> None:
    with Database(ledger) as database:
        Collector(database, PRICES).collect(folders)


def ledger_rows(ledger: Path, zone: ZoneInfo, now: datetime) -> object:
    """Return the day rows of a ledger, as JSON would give them back."""
    with Database(ledger) as database:
        responses = list(States(database).responses())
    counting = (each for each in responses if counts_by(each.time_ms, milliseconds(now)))
    return plain([day_of(row).row() for row in day_rows(counting, PRICES, zone)])


def plain(value: object) -> object:
    return json.loads(json.dumps(value))


def assert_read_like_reference(folder: Path, ledger: Path, zone: ZoneInfo = BERLIN) -> None:
    copies = reference.copies_below(folder)
    assert not reference.undecided(copies)
    collect(ledger, folder)
    assert ledger_rows(ledger, zone, corpus.CLOCK) == reference.rows(copies, zone, corpus.CLOCK)


@pytest.mark.parametrize(
    ("seed", "zone"),
    [
        *enumerate(["Europe/Berlin"] * 3),
        *((3, "America/Havana"), (4, "Asia/Beirut"), (5, "Australia/Lord_Howe")),
    ],
)
def test_every_oddity_is_counted_as_the_rules_say(tmp_path: Path, seed: int, zone: str) -> None:
    corpus.write(tmp_path / "projects", size=600_000, seed=seed)
    assert_read_like_reference(tmp_path / "projects", tmp_path / "ledger", ZoneInfo(zone))


def test_another_way_of_counting_has_another_version(tmp_path: Path) -> None:
    rows: list[object] = []
    for seed, zone in enumerate((BERLIN, ZoneInfo("America/Havana"), ZoneInfo("UTC")), 100):
        folder = tmp_path / str(seed)
        corpus.write(folder / "projects", size=5_000_000, seed=seed)
        collect(folder / "ledger", folder / "projects")
        rows.append(ledger_rows(folder / "ledger", zone, corpus.CLOCK))
    digest = hashlib.sha256(canonical(rows)).hexdigest()
    assert (ACCOUNTING, PRICES.generated, digest) == BOUND_TO


@pytest.mark.long
def test_a_hundred_megabytes_are_counted_as_the_rules_say(tmp_path: Path) -> None:
    corpus.write(tmp_path / "projects", size=100_000_000, seed=100)
    assert_read_like_reference(tmp_path / "projects", tmp_path / "ledger")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_many_small_folders_are_counted_as_the_rules_say(tmp_path: Path, seed: int) -> None:
    corpus.write(tmp_path / "projects", size=200_000, seed=seed)
    assert_read_like_reference(tmp_path / "projects", tmp_path / "ledger")


@needs_real_transcripts
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
@pytest.mark.parametrize("tree", [f"tree{number:02d}" for number in range(1, 18)])
def test_real_transcripts_are_counted_as_the_rules_say(
    tmp_path: Path, tree: str, zone: str
) -> None:
    assert_read_like_reference(REAL / tree / "projects", tmp_path / "ledger", ZoneInfo(zone))


@needs_real_transcripts
def test_real_transcripts_give_the_expected_rows(tmp_path: Path) -> None:
    expected = json.loads(EXPECTED.read_text("utf-8"))
    found: dict[str, object] = {}
    for tree in expected:
        collect(tmp_path / tree, REAL / tree / "projects")
        found[tree] = ledger_rows(tmp_path / tree, ZoneInfo("UTC"), corpus.CLOCK)
    assert found == expected


@pytest.mark.parametrize("seed", range(3))
def test_folders_may_be_read_in_any_order_and_again(tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- nothing is kept secret here
    folder = tmp_path / "projects"
    corpus.write(folder, size=300_000, seed=seed)
    parts = [each for each in folder.iterdir() if not each.is_symlink()]
    random.shuffle(parts)
    for part in parts:
        collect(tmp_path / "ledger", part)
    collect(tmp_path / "ledger", folder)
    collect(tmp_path / "ledger", *parts)
    rows = reference.read_folders([folder], BERLIN, corpus.CLOCK)
    assert ledger_rows(tmp_path / "ledger", BERLIN, corpus.CLOCK) == rows


class ShiftingFolder:
    """A folder whose transcripts are cut, moved, rewritten and lost, in a random order."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder / "projects"
        self._random = random
        self._aside = folder / "aside"
        self._aside.mkdir(parents=True)
        self._moment_ns = 1_700_000_000 * 10**9
        self._unwritten: dict[Path, bytes] = {}
        source = folder / "source"
        corpus.add(source, seed=random.randrange(10**9))
        corpus.add(source, seed=random.randrange(10**9))
        for path in sorted(reference.transcripts_below(source)):
            self._unwritten[self.folder / path.relative_to(source.resolve())] = path.read_bytes()
        self._written = list(self._unwritten)
        self._sources = dict(self._unwritten)

    def change(self) -> None:
        changes: tuple[Callable[[], None], ...] = (
            *([self._append] * 6),
            self._truncate,
            self._rewrite,
            self._replace,
            self._move,
            self._delete,
            self._restore,
            self._touch,
        )
        self._random.choice(changes)()

    def _present(self) -> Path | None:
        paths = sorted(reference.transcripts_below(self.folder))
        return self._random.choice(paths) if paths else None

    def _append(self) -> None:
        path = self._random.choice(self._written)
        data = self._unwritten[path]
        length = self._random.choice((1, 300, 3000, 30_000, len(data)))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(data[:length])
        self._unwritten[path] = data[length:]
        self._stamp(path)

    def _truncate(self) -> None:
        if (path := self._present()) is not None:
            size = path.stat().st_size
            os.truncate(path, self._random.choice((0, size // 2, max(size - 1, 0))))
            self._stamp(path)

    def _rewrite(self) -> None:
        if (path := self._present()) is not None:
            path.write_bytes(self._other_bytes())
            self._stamp(path)

    def _replace(self) -> None:
        if (path := self._present()) is not None:
            other = self._aside / "replacement"
            other.write_bytes(self._other_bytes())
            other.replace(path)
            self._stamp(path)

    def _move(self) -> None:
        if (path := self._present()) is not None:
            name = str(UUID(int=self._random.getrandbits(128), version=4))
            path.rename(path.with_name(f"{name}.jsonl"))

    def _delete(self) -> None:
        if (path := self._present()) is not None:
            inside = path.relative_to(self.folder.resolve())
            path.rename(self._aside / str(inside).replace(os.sep, "+"))

    def _restore(self) -> None:
        gone = sorted(each for each in self._aside.iterdir() if "+" in each.name)
        if gone:
            path = self._random.choice(gone)
            path.rename(self.folder.joinpath(*path.name.split("+")))

    def _touch(self) -> None:
        if (path := self._present()) is not None:
            self._stamp(path)

    def _other_bytes(self) -> bytes:
        lines = [
            line
            for data in self._random.choices(list(self._sources.values()), k=2)
            for line in data.splitlines(keepends=True)
        ]
        return b"".join(self._random.sample(lines, k=self._random.randint(0, len(lines))))

    def _stamp(self, path: Path) -> None:
        """Give the file a time of its own, as if the changes were not so close together."""
        self._moment_ns += 1_000_000
        os.utime(path, ns=(self._moment_ns, self._moment_ns))


def assert_what_was_seen_once_counts_for_good(tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- nothing is kept secret here
    shifting = ShiftingFolder(tmp_path, random)
    seen: set[reference.Copy] = set()
    for _ in range(random.randint(5, 60)):
        shifting.change()
        if random.random() < 0.6:
            collect(tmp_path / "ledger", shifting.folder)
            seen.update(reference.copies_below(shifting.folder))
    assert not reference.undecided(seen)
    rows = reference.rows(seen, BERLIN, corpus.CLOCK)
    assert ledger_rows(tmp_path / "ledger", BERLIN, corpus.CLOCK) == rows


@pytest.mark.parametrize("seed", range(20))
def test_what_was_seen_once_counts_for_good_whatever_becomes_of_the_files(
    tmp_path: Path, seed: int
) -> None:
    assert_what_was_seen_once_counts_for_good(tmp_path, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5000, 5400))
def test_what_was_seen_once_counts_for_good_in_many_orders(tmp_path: Path, seed: int) -> None:
    assert_what_was_seen_once_counts_for_good(tmp_path, seed)


def test_a_file_cut_at_any_byte_and_finished_later_counts_as_if_written_at_once(
    tmp_path: Path,
) -> None:
    source = tmp_path / "source"
    corpus.add(source, seed=7)
    path = max(reference.transcripts_below(source), key=lambda each: each.stat().st_size)
    data = path.read_bytes()
    rows = reference.rows(reference.copies_in(data, path.stem), BERLIN, corpus.CLOCK)
    random = Random(7)  # noqa: S311 -- nothing is kept secret here
    for number, cut in enumerate(sorted(random.sample(range(len(data)), k=40))):
        folder = tmp_path / str(number)
        folder.mkdir()
        copy = folder / path.name
        copy.write_bytes(data[:cut])
        collect(folder / "ledger", folder)
        with copy.open("ab") as file:
            file.write(data[cut:])
        collect(folder / "ledger", folder)
        assert ledger_rows(folder / "ledger", BERLIN, corpus.CLOCK) == rows


def test_a_response_far_ahead_of_the_clock_counts_once_the_clock_has_caught_up(
    tmp_path: Path,
) -> None:
    corpus.write(tmp_path / "projects", size=300_000, seed=3)
    collect(tmp_path / "ledger", tmp_path / "projects")
    for now in (datetime(2026, 3, 1, tzinfo=UTC), corpus.CLOCK, datetime(2027, 3, 1, tzinfo=UTC)):
        rows = reference.read_folders([tmp_path / "projects"], BERLIN, now)
        assert ledger_rows(tmp_path / "ledger", BERLIN, now) == rows
