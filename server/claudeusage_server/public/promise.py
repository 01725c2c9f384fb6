"""The promise in words, section by section, as the privacy page and docs/privacy.md have it alike.

What stands between backticks is set as code.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and the text under it, whose paragraphs are parted by empty lines."""

    name: str
    heading: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs, each on one line."""
        return [" ".join(part.split()) for part in self.text.split("\n\n")]


LEAD = (
    "Only aggregate usage numbers leave your machine, and only aggregate numbers are ever public."
)
INTRODUCTION = (
    "claudeusage is built around this simple promise. This page explains exactly what it means."
)

SECTIONS = (
    Section(
        "uploads",
        "What is uploaded",
        """
The app and the command line read your local Claude Code logs in `~/.claude/projects/`, sum them
locally, and upload only numeric totals: API-equivalent cost in USD, active time and session
counts, input, output and cache token totals, the usage mix per model, and the day-level
activity that draws your contribution grid.

A preview shows the exact bytes before anything is sent, and nothing is sent before you have
accepted one. The code is open source (MIT), so you can read every line of what it sends.
""",
    ),
    Section(
        "never",
        "What never leaves your machine",
        """
Prompts and responses, your code and file contents, raw Claude Code JSONL files, file paths and
project names, individual message and request ids: only counts are sent.

To merge usage across your devices, the app uploads a one-way hash of your machine name (SHA-256
of host name and user name). Your raw host name and user name never leave your machine.
""",
    ),
    Section(
        "public",
        "What is never shown publicly",
        """
Public pages read a store of their own, into which a server-side allow-list copies what may be
seen. So these are never visible on a profile or the leaderboard: your e-mail address and
sign-in provider, machine identifiers and hashes, sync tokens, exact times. Public profiles are
day-level only.

Numbers become public once a day, at 12:00 UTC, and only for days that have ended everywhere on
earth. The first upload of a new account is shown at once, up to the same day. The public store
keeps no count of your uploads and no time of any.
""",
    ),
    Section(
        "live",
        "Live profiles",
        """
You may choose a live profile, which shows each upload at once. That reveals at what times you
work, and so roughly where. A profile on a server of your own computer is live. Your dashboard
is always live, and only you see it.
""",
    ),
    Section(
        "stored",
        "What is stored privately",
        """
Beside your days, the server keeps what it needs to know you again: the provider that you sign
in with and the number that it knows you by, never your e-mail address, and none of its tokens.
Sign-ins on a browser last 30 days and are stored as hashes. It also keeps the dates on which
the account was made and first uploaded.

Of each machine it keeps a keyed hash of the hash that was uploaded, the label that you typed,
and the date on which it was added. Sync tokens are stored as hashes, with their last four
characters, the date they were made and the date they were last used. Uploaded bodies are not
stored, only the rows that they carry, and of the last 20 a receipt: the time, the hash of the
body, how many days, rows and bytes.

Your IP address is stored nowhere: not in a database, not in a log, not in an error report. The
access log has the route’s template, the status, the duration and a request id.
""",
    ),
    Section(
        "times",
        "Exact times",
        """
The app sends none. The original command-line client sends the first and last moment of each
model’s day; they are used to place its numbers, then dropped. Up to which moment its last two
uploads reached is kept privately, so that nothing counts twice.
""",
    ),
    Section(
        "country",
        "Country",
        """
A coarse, nation-level country code (for example, `us`) is stored, derived once at sign-up from
your connection’s region. Your IP address is never stored, and a precise location is never
derived. If your region is unknown, your country is simply left blank. You can change or clear
it.

A country is shown, and can be searched for, only while at least 5 profiles under a name share
it; you can hide it on its own.
""",
    ),
    Section(
        "identity",
        "Identity and anonymity",
        """
You sign in with Google or GitHub; on a server of your own computer, with a code that only you
can make. Your e-mail and provider stay private.

A new account is anonymous (shown as `anonymous-…`) and not on the leaderboard. You can choose a
public display name or stay anonymous, and you can switch between the two at any time. The old
address then answers as if it had never been, and whoever kept the old figures can match them. A
name that you give up is kept back for you for 90 days, and whenever you become anonymous again
you get another anonymous name.
""",
    ),
    Section(
        "review",
        "Review",
        """
A public server checks each day for what cannot be; what it checks is published under `/checks`.
A day under review counts for you and is left out in public, without a mark. Your dashboard says
which days these are, and why.
""",
    ),
    Section(
        "export",
        "Export",
        """
Your dashboard gives you a copy of everything that is stored about your account, as JSON and as
CSV.
""",
    ),
    Section(
        "deletion",
        "Deletion",
        """
You can delete your account from the dashboard. Deletion removes your public profile, its days
and machines, and revokes all sync tokens. It takes effect at once, and within minutes the
server’s files are rebuilt, so that nothing of it is left in them. A machine, a name, a country
or a profile that you take away is gone at the next request too. Aggregated, fully anonymized
counts that cannot be tied back to you may be retained.

`claudeusage purge` removes everything that the program keeps on your own computer, and revokes
its token at the server.
""",
    ),
    Section(
        "operator",
        "Who runs this server",
        """
Whoever operates this server can read its private store, and decides how long it runs and where.
Anybody can run one. The promise is that of the program; ask the operator whether it was
changed.
""",
    ),
    Section(
        "independent",
        "Not affiliated with Anthropic",
        """
claudeusage is an independent project and is not affiliated with, endorsed by, or sponsored by
Anthropic. “Claude” is used descriptively to refer to Anthropic’s Claude models.
""",
    ),
)
