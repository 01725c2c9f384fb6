"""The programs to be held against, installed by name from npm into the bench's own folder."""

import platform
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.bench import totals
from tests.bench.corpora import Corpus
from tests.bench.measuring import Entrant
from tests.bench.totals import Totals
from tests.node import NODE, NPM

CCUSAGE = "20.0.24"
TOKSCALE = "1.4.3"
SUMS = Path(__file__).with_name("tokscale.cjs")


class Peers(NamedTuple):
    """What is installed, or why nothing is."""

    modules: Path | None
    problem: str = ""

    def on(self, corpus: Corpus, expected: Totals) -> list[Entrant]:
        """Return the peers as readers of a corpus."""
        if self.modules is None:
            return []
        return [
            Entrant(
                key="ccusage",
                name=f"ccusage {CCUSAGE} (Rust)",
                command=(str(_ccusage(self.modules)), "daily", "--json", "--offline"),
                environ=corpus.environ,
                expected=expected,
                peer=True,
                totals=lambda run: totals.of_ccusage(run.output),
            ),
            Entrant(
                key="tokscale",
                name=f"tokscale core {TOKSCALE} (Rust)",
                command=(NODE, str(SUMS), str(self.modules), str(corpus.home)),
                environ=corpus.environ,
                expected=expected,
                peer=True,
                totals=lambda run: totals.of_json(run.output),
            ),
        ]


def installed(store: Path) -> Peers:
    """Install the peers below *store*, unless they are there."""
    modules = store / "node_modules"
    try:
        if not _ccusage(modules).exists() or not (modules / "@tokscale" / "core").is_dir():
            _install(store)
        _ccusage(modules).chmod(0o755)
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
        return Peers(None, f"The peers could not be installed: {said.strip()[-300:]}")
    return Peers(modules)


def _install(store: Path) -> None:
    store.mkdir(parents=True, exist_ok=True)
    names = (
        f"ccusage@{CCUSAGE}",
        f"@ccusage/{_ccusage_platform()}@{CCUSAGE}",
        f"@tokscale/cli@{TOKSCALE}",
    )
    options = ("--prefix", str(store), "--save-exact", "--ignore-scripts", "--no-audit")
    subprocess.run(
        (NODE, NPM, "install", *options, "--no-fund", *names),
        check=True,
        capture_output=True,
        text=True,
    )


def _ccusage(modules: Path) -> Path:
    return modules / "@ccusage" / _ccusage_platform() / "bin" / "ccusage"


def _ccusage_platform() -> str:
    """Return the package of the binary, as node names systems and processors."""
    processor = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"ccusage-{platform.system().lower()}-{processor}"
