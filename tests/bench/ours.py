"""The rows of claudeusage itself, each held to the true totals."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench import totals
from tests.bench.corpora import Corpus, Growing
from tests.bench.expected import Expected
from tests.bench.measuring import Entrant, Run
from tests.bench.totals import Totals

CLAUDEUSAGE = str(Path(sys.executable).parent / "claudeusage")
TODAY = (CLAUDEUSAGE, "today")
NAME = "claudeusage"


class Ours:
    """An installation of claudeusage beside a corpus."""

    def __init__(self, corpus: Corpus, expected: Expected, folder: Path) -> None:
        self._corpus = corpus
        self._expected = expected
        self._config = folder / "config"
        self._copy = folder / "copy"
        self._growing = Growing(corpus.last)
        self.environ = {**corpus.environ, "CLAUDEUSAGE_CONFIG_DIR": str(self._config)}

    def first(self) -> Entrant:
        return Entrant(
            key="first",
            name=f"{NAME}, first reading, ledger written",
            command=TODAY,
            environ=self.environ,
            before=self._forget,
            totals=self._counted,
            expected=self._expected.before,
        )

    def unchanged(self) -> Entrant:
        return Entrant(
            key="unchanged",
            name=f"{NAME}, nothing changed since",
            command=TODAY,
            environ=self.environ,
            before=self._read_once,
            totals=self._counted,
            expected=self._expected.before,
        )

    def appended(self) -> Entrant:
        return Entrant(
            key="appended",
            name=f"{NAME}, one line appended",
            command=TODAY,
            environ=self.environ,
            before=self._grow,
            totals=self._counted_grown,
            expected=self._expected.after,
        )

    def _forget(self) -> None:
        shutil.rmtree(self._config, ignore_errors=True)

    def _read_once(self) -> None:
        if not self._config.exists():
            subprocess.run(TODAY, env=self.environ, check=True, capture_output=True)

    def _grow(self) -> None:
        self._read_once()
        self._growing.grow()

    def _counted_grown(self, run: Run) -> Totals:
        found = self._counted(run)
        self._growing.shrink()
        self._forget()
        return found

    def _counted(self, _: Run) -> Totals:
        """Ask a copy of the ledger, while there are no transcripts to read once more."""
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self._config, self._copy)
        environ = {**self.environ, "CLAUDEUSAGE_CONFIG_DIR": str(self._copy)}
        with self._corpus.away():
            done = subprocess.run(
                (CLAUDEUSAGE, "report", "--json"), env=environ, capture_output=True, check=False
            )
        return totals.of_report(done.stdout)
