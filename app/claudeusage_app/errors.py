"""What can go wrong in the client, each with a title, a remedy and an exit code.

ClaudeusageError (core)
└── ClientError                 exit 1
    ├── SettingsInvalid         a settings file that cannot be read
    ├── OwnPricesInvalid        own prices that cannot be read
    ├── ImportedPricesInvalid   the imported price table went bad
    ├── PricesNotImported       a price table that may not be taken
    ├── FoldersNotAdopted       the folders in force are not those that are synced
    ├── LedgerUnavailable       the ledger cannot be read or written
    │   └── LedgerDamaged       its file is broken
    ├── LedgerTooNew            the ledger was written by a newer version
    ├── LedgerChanged           another process changed what the ledger is made of meanwhile
    ├── LedgerFileInvalid       a file that cannot be taken in as a ledger
    ├── LedgerNotComparable     two ledgers whose responses cannot be told to be the same
    ├── FileExists              a file that would be overwritten
    ├── FileNotWritten          a file that could not be written
    ├── FileNotRemoved          a file that could not be removed
    ├── UploadUnknown           no upload has this number             exit 2
    ├── BodyThinned             an upload whose exact body is kept no more
    ├── FolderUnknown           a folder that is not there, or not in the list     exit 2
    ├── NotConfirmed            nobody said yes                      exit 2
    ├── AssumedYesInvalid       a yes in the environment that is none  exit 2
    ├── FoldersTooMany          more folders than one ledger can tell apart
    ├── CredentialsUnavailable  where tokens are kept cannot be used
    │   ├── KeyringNotReady     a keyring that is locked, late or gone: it is waited for
    │   └── TokenFileOpen       a token file that others may read
    ├── TokenInvalid            what was given as a token is none     exit 2
    ├── TokenMissing            linked, and the token is gone         exit 3
    ├── PartMissing             a part of the program that is not installed
    │   └── QtLibrariesMissing  Qt's system libraries (tray.libraries)
    ├── JobFailed               a job ended in a way that nobody foresaw (worker)
    ├── FirstDoesNotAnswer      a tray that runs and does not answer (tray.single_instance)
    ├── FolderNotPrivate        others can write where trays talk (instances)
    ├── OriginalLinkInvalid     the original client's file cannot be read
    ├── NotTakenOver            the original client's link cannot be this computer's
    ├── NothingToTakeOver       the original client has no link         exit 3
    ├── Refused                 the server said no, with a reason
    │   ├── TokenRejected       the token is dead                     exit 3
    │   ├── ServerBusy          the server asks for patience
    │   ├── TwinFound           another computer of the account has the same days
    │   └── UploadOvertaken     newer numbers are already there
    ├── UploadUnderWay          another process is uploading
    ├── TrayRuns                the tray uses what is to be removed
    ├── BundledServerRuns       the bundled server does
    ├── AnswerMismatched        the server's receipt is not that of what was sent
    ├── ComputerUnclear         the server holds days that this ledger never sent
    ├── ServerNotProven         what listens there is not the bundled server
    ├── AddressInvalid          a server address that is not safe     exit 2
    ├── NoServerNamed           `link` without an address              exit 2
    ├── PeriodInvalid           a report that ends before it begins   exit 2
    ├── PlaceUnknown            a folder of a user who does not exist exit 2
    ├── ZoneUnknown             a time zone that does not exist       exit 2
    ├── NotLinked               no server, or no token for it         exit 3
    ├── PreviewNotAccepted      nobody has accepted what would leave  exit 4
    ├── RecountNotConfirmed     nobody could be asked about a recount exit 4
    └── ServerUnreachable       no answer from the server             exit 5
        ├── ServerNotVerified   its certificate is not to be trusted
        └── ServerStrange       an answer that no claudeusage server gives
"""

from claudeusage_core.errors import ClaudeusageError


class ClientError(ClaudeusageError):
    """An error of the client."""

    exit_code = 1


class SettingsInvalid(ClientError):
    """A settings file holds something that is not a setting."""

    title = "The settings file could not be read."
    remedy = "Correct it, or remove it to start with the defaults."


class OwnPricesInvalid(ClientError):
    """The file of own prices holds something that is not a price."""

    title = "Your own prices could not be read."
    remedy = "Correct that file, or remove it to use list prices alone. Uploads never use it."


class ImportedPricesInvalid(ClientError):
    """The price table that was imported is not the one that was checked then."""

    title = "The imported price table could not be read."
    remedy = "Import it again with `claudeusage prices import FILE`, or remove that file."


class PricesNotImported(ClientError):
    """A price table breaks a rule, or is not newer than the one in force."""

    title = "The price table was not imported."
    remedy = "Nothing was changed; get a whole and newer table, then import that."


class FoldersNotAdopted(ClientError):
    """These transcripts are looked at, not synced."""

    title = "These folders are not the ones that this computer uploads."
    remedy = "Unset CLAUDE_CONFIG_DIR, or add the folder to `folders` in the settings to sync it."


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


class FileExists(ClientError):
    """Nothing is overwritten unasked."""

    remedy = "Give another name, or `--force` to overwrite it."


class FileNotWritten(ClientError):
    """The disk or the folder said no."""

    remedy = "Check that the folder is there, belongs to you and has room."


class FileNotRemoved(ClientError):
    """The folder said no."""

    remedy = "Check that it belongs to you, then run this again."


class UploadUnknown(ClientError):
    """A number that no upload of this ledger has."""

    remedy = "See `claudeusage uploads`."
    exit_code = 2


class BodyThinned(ClientError):
    """Bodies are kept for a year, receipts for good."""

    title = "The exact body of this upload was kept for a year, and is gone."
    remedy = "`claudeusage uploads N` shows its receipt, which is the hash of it, and the answer."


class FolderUnknown(ClientError):
    """A path that names no folder of transcripts."""

    remedy = "See `claudeusage folders`."
    exit_code = 2


class NotConfirmed(ClientError):
    """Something that takes away was asked for, and not confirmed."""

    title = "Nothing was changed."
    remedy = "Run the same with `--yes` if that is what you want."
    exit_code = 2


class AssumedYesInvalid(ClientError):
    """Only one value is a yes: what could mean a no must never send anything."""

    title = "CLAUDEUSAGE_ASSUME_YES is set to something else than 1, so nothing was sent."
    remedy = "Set it to 1 to accept what `claudeusage preview` shows, or unset it."
    exit_code = 2


class FoldersTooMany(ClientError):
    """Each folder is a bit of an integer."""

    title = "A ledger can tell at most 62 folders apart."
    remedy = "Give one folder that holds some of them, or take some out: `claudeusage folders`."


class CredentialsUnavailable(ClientError):
    """The place where tokens are kept does not keep them."""

    title = "The keyring does not keep what it is given."
    remedy = (
        "Link with `claudeusage link --store file` to keep the token in a file that only you can "
        "read."
    )


class KeyringNotReady(CredentialsUnavailable):
    """The keyring is locked, not there yet, or gone: asked again later it may well answer.

    It says nothing about the link, which is as good as before.
    """

    title = "The keyring is not ready."
    remedy = "Unlock it or start it again, then run this again; the link is kept."


class TokenFileOpen(CredentialsUnavailable):
    """Others may read the file that holds a token, or replace it."""

    title = "Others on this computer may read the token file, so it is not used."


class OriginalLinkInvalid(ClientError):
    """The original client's file holds no link that can be understood."""

    title = "The original client's file could not be read."
    remedy = "It was left as it is. Link this computer with `claudeusage link ADDRESS`."


class NotTakenOver(ClientError):
    """The server does not take the original client's token, or not in this program's way."""

    title = "The original client's link was not taken over."
    remedy = "Nothing was changed. Link this computer with `claudeusage link ADDRESS`."


class NothingToTakeOver(ClientError):
    """There is no file of the original client, or none with a token."""

    title = "The original client has no link on this computer."
    remedy = "Link this computer with `claudeusage link ADDRESS`."
    exit_code = 3


class TokenInvalid(ClientError):
    """What was given as a token has not the form of one."""

    title = "What was given is not a token."
    remedy = "A token is `cu_live_` and 48 more characters; copy it from the server's dashboard."
    exit_code = 2


class TokenMissing(ClientError):
    """This computer is linked, and where the token was kept there is none."""

    title = "The token for the linked server is not there any more."
    remedy = "Link this computer again with `claudeusage link`. Nothing was lost."
    exit_code = 3


class PartMissing(ClientError):
    """An extra of the distribution is not installed."""

    title = "A part of claudeusage is not installed."


class Refused(ClientError):
    """The server refused a request and said why."""

    title = "The server refused the request."
    remedy = "Run `claudeusage status` to see what is linked."


class TokenRejected(Refused):
    """The server does not know the token any more."""

    title = "The server does not accept this computer's token."
    remedy = "Link this computer again with `claudeusage link`. Nothing was lost."
    exit_code = 3


class ServerBusy(Refused):
    """The server asks to be left alone for a while."""

    title = "The server asks for patience."
    remedy = "Try again later; the numbers are kept and will be sent then."

    def __init__(self, seconds: int | None = None) -> None:
        """Take how many *seconds* it asks for, None where it does not say."""
        super().__init__(remedy=f"Try again in {seconds} seconds." if seconds else "")
        self.seconds = seconds


class UploadOvertaken(Refused):
    """A later upload of the same token has arrived before this one."""

    title = "Newer numbers are already there."
    remedy = "Run `claudeusage preview` to see what is left to send."


class TwinFound(Refused):
    """Three or more days equal those of another computer of this account."""

    title = "Another computer of your account has already uploaded the same days."
    remedy = (
        "If ~/.claude is shared between them, run `claudeusage sync --twin merge`; "
        "to count this one apart from now on, run `claudeusage sync --twin separate`."
    )


class UploadUnderWay(ClientError):
    """The tray or another shell holds the upload's lock."""

    title = "Another upload is under way."
    remedy = "Wait for it to end, then try again."


class TrayRuns(ClientError):
    """A tray would go on with files that are no longer there, and make new ones."""

    title = "The tray app is running, so nothing was removed."
    remedy = "Choose Quit in its menu, then run this again."


class BundledServerRuns(ClientError):
    """The bundled server has its data folder open."""

    title = "The bundled server is running, so nothing was removed."
    remedy = "End `claudeusage serve`, then run this again."


class AnswerMismatched(ClientError):
    """The receipt is not the hash of the body."""

    title = "The server's receipt does not match what was sent."
    remedy = "Something between this computer and the server changes what is sent; do not use it."


class ComputerUnclear(ClientError):
    """Another installation seems to use this computer's id."""

    title = "The server holds days for this computer that this ledger never sent."
    remedy = (
        "If this is the same computer (a restored copy, a second installation, a new name), run "
        "`claudeusage sync --same-computer`; if it is another one, run "
        "`claudeusage link --another-computer`."
    )


class AddressInvalid(ClientError):
    """An address to which no token may be sent."""

    title = "The server's address is not safe to use."
    remedy = "Use https://, or http:// to this computer only."
    exit_code = 2


class ServerNotProven(ClientError):
    """The server could not show that it can read its own data folder."""

    title = "What answers there is not the bundled server of this computer, so nothing was sent."
    remedy = (
        "End the program on that port, or start the server on another with "
        "`claudeusage serve --port 0`."
    )


class NoServerNamed(ClientError):
    """There is no server that everybody uses."""

    title = "Say which server to link to."
    remedy = (
        "`claudeusage link https://SERVER`, or `claudeusage link --bundled` for the one on this "
        "computer."
    )
    exit_code = 2


class PeriodInvalid(ClientError):
    """The last day lies before the first."""

    title = "This period ends before it begins."
    remedy = "Give an earlier --since, or a later --until."
    exit_code = 2


class PlaceUnknown(ClientError):
    """A path begins with somebody's home folder, and there is none."""

    title = "There is no home folder to look in."
    remedy = "Set HOME, or give whole paths; in CLAUDE_CONFIG_DIR and the settings too."
    exit_code = 2


class ZoneUnknown(ClientError):
    """A name that is in no time zone table."""

    title = "There is no such time zone."
    remedy = "Give an IANA name such as Europe/Berlin or UTC."
    exit_code = 2


class NotLinked(ClientError):
    """There is no server to talk to, or no token for it."""

    title = "This computer is not linked to a server."
    remedy = (
        "Run `claudeusage link`, or `claudeusage link --bundled` for the server on this computer."
    )
    exit_code = 3


class PreviewNotAccepted(ClientError):
    """Nothing leaves before a person has seen it and said yes."""

    title = "No preview has been accepted yet, so nothing was sent."
    remedy = "Look at `claudeusage preview`, then run `claudeusage sync --yes`."
    exit_code = 4


class RecountNotConfirmed(ClientError):
    """What a server keeps is replaced only by somebody who knows which days."""

    title = "Nobody could be asked whether to replace these days, so nothing was sent."
    remedy = "Run `claudeusage sync --recount --yes` if that is what you want."
    exit_code = 4


class ServerUnreachable(ClientError):
    """The server did not answer."""

    title = "The server cannot be reached."
    remedy = "Check that it is running and try again; the numbers are kept and will be sent then."
    exit_code = 5


class ServerStrange(ServerUnreachable):
    """What answered is no claudeusage server: the login page of a network, or another program."""

    title = "What answers at the server's address is not a claudeusage server."
    remedy = (
        "If this network asks for a login, open any page in a browser first; else check the"
        " server's address. The numbers are kept and will be sent later."
    )


class ServerNotVerified(ServerUnreachable):
    """What answers there cannot show a certificate that holds for the server."""

    title = "The server's certificate could not be verified, so nothing was sent."
    remedy = (
        "Check the address and the clock of this computer; in a network that asks you to sign in, "
        "do that first. Ask whoever runs the server for a valid certificate."
    )
