"""What can go wrong in the client, each with a title, a remedy and an exit code.

In parentheses stands the module of an error that is not in this one.

ClaudeusageError (core)
└── ClientError                 exit 1
    ├── SettingsInvalid         a settings file that cannot be read
    ├── OwnPricesInvalid        own prices that cannot be read
    ├── ImportedPricesInvalid   the imported price table went bad
    ├── PricesNotImported       a price table that may not be taken
    ├── FoldersNotAdopted       the folders in force are not those that are synced
    ├── LedgerUnavailable       the ledger cannot be read or written (ledger.errors)
    │   └── LedgerDamaged       its file is broken (ledger.errors)
    ├── LedgerTooNew            the ledger was written by a newer version (ledger.errors)
    ├── LedgerChanged           another process changed what it is made of (ledger.errors)
    ├── LedgerFileInvalid       a file that cannot be taken in as a ledger (ledger.errors)
    ├── LedgerNotComparable     two ledgers without a common beginning (ledger.errors)
    ├── FileExists              a file that would be overwritten
    ├── FileNotWritten          a file that could not be written
    ├── FileNotRemoved          a file that could not be removed
    ├── UploadUnknown           no upload has this number (ledger.errors)     exit 2
    ├── BodyThinned             an upload whose body is kept no more (ledger.errors)
    ├── FolderUnknown           a folder that is not there, or not in the list     exit 2
    ├── NotConfirmed            nobody said yes                      exit 2
    ├── AssumedYesInvalid       a yes in the environment that is none  exit 2
    ├── FoldersTooMany          more folders than one ledger can tell apart (ledger.errors)
    ├── CredentialsUnavailable  where tokens are kept cannot be used (link_errors)
    │   ├── KeyringNotReady     a locked, late or absent keyring: it is waited for (link_errors)
    │   └── TokenFileOpen       a token file that others may read (link_errors)
    ├── TokenInvalid            what was given as a token is none (link_errors)  exit 2
    ├── TokenMissing            linked, and the token is gone (link_errors)   exit 3
    ├── PartMissing             a part of the program that is not installed
    │   └── QtLibrariesMissing  Qt's system libraries (tray.libraries)
    ├── JobFailed               a job ended in a way that nobody foresaw (worker)
    ├── FirstDoesNotAnswer      a tray that runs and does not answer (tray.single_instance)
    ├── FolderNotPrivate        others can write where trays talk (instances)
    ├── OriginalLinkInvalid     the original client's file cannot be read (link_errors)
    ├── NotTakenOver            its link cannot be this computer's (link_errors)
    ├── NothingToTakeOver       the original client has no link (link_errors) exit 3
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


class FileExists(ClientError):
    """Nothing is overwritten unasked."""

    remedy = "Give another name, or `--force` to overwrite it."


class FileNotWritten(ClientError):
    """The disk or the folder said no."""

    remedy = "Check that the folder is there, belongs to you and has room."


class FileNotRemoved(ClientError):
    """The folder said no."""

    remedy = "Check that it belongs to you, then run this again."


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
