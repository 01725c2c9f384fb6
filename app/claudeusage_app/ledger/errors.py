"""What can go wrong with the ledger, a file of one, or what it remembers of uploads."""

from claudeusage_app.errors import ClientError


class LedgerUnavailable(ClientError):
    """SQLite could not read or write the ledger."""

    title = "The ledger could not be read or written."
    remedy = "Check that the disk has room and that the file belongs to you, then try again."


class LedgerDamaged(LedgerUnavailable):
    """SQLite found that the file is not, or is no longer, a whole database."""

    title = "The ledger is damaged."
    remedy = "Run this again: it is set aside, and what the transcripts still hold is read again."


class LedgerTooNew(ClientError):
    """A newer version has migrated the ledger."""

    title = "The ledger was written by a newer version of claudeusage."
    remedy = "Update claudeusage; nothing was changed."


class LedgerChanged(ClientError):
    """A folder or ledger was taken out or in, or prices changed, while transcripts were read."""

    title = "The ledger was changed by another process while the transcripts were read."
    remedy = "Run this again."


class LedgerFileInvalid(ClientError):
    """It is not what `claudeusage ledger export` writes."""

    title = "This file is no ledger that can be taken in."
    remedy = "Give a file that `claudeusage ledger export` wrote."


class LedgerNotComparable(ClientError):
    """Each hides its responses behind hashes with a key of its own."""

    title = "This ledger and that file were begun apart, so what both counted cannot be told."
    remedy = (
        "Run the same with `--replace`: this ledger is set aside, the file takes its place, and"
        " what the transcripts of this computer still hold is read into it."
    )


class UploadUnknown(ClientError):
    """A number that no upload of this ledger has."""

    remedy = "See `claudeusage uploads`."
    exit_code = 2


class BodyThinned(ClientError):
    """Bodies are kept for a year, receipts for good."""

    title = "The exact body of this upload was kept for a year, and is gone."
    remedy = "`claudeusage uploads N` shows its receipt, which is the hash of it, and the answer."


class FoldersTooMany(ClientError):
    """Each folder is a bit of an integer."""

    title = "A ledger can tell at most 62 folders apart."
    remedy = "Give one folder that holds some of them, or take some out: `claudeusage folders`."
