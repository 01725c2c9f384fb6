"""What can go wrong with a token, where it is kept, or a link that is taken over."""

from claudeusage_app.errors import ClientError


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
