"""What can go wrong in the server, each with a title and a remedy.

    ClaudeusageError
    └── ServerError
        ├── CannotStart              the server, or a command, does not begin, see start_errors
        ├── SignInEnded              a step at a provider that ends on a page, with a status
        │   ├── SignInCancelled      403, by whoever signs in
        │   ├── SignInForeign        403, nothing waits for this return
        │   ├── IdentityTaken        409, by another account
        │   ├── ProviderLinked       409, with another identity
        │   ├── LastIdentity         409, it cannot be unlinked
        │   └── ProviderFailed       502, or its answer is not to be believed
        └── Refusal                  an answer with a status and a stable code
            ├── RequestUnreadable    400
            ├── BodyIncomplete       400
            ├── TokenDead            401
            ├── ProofWrong           403
            ├── FormForeign          403
            ├── OtherMachine         403
            ├── NothingHere          404
            ├── MethodNotAllowed     405
            ├── BodySlow             408
            ├── MachineTwin          409
            ├── TooManyMachines      409
            ├── TooManyTokens        409
            ├── BodyTooLarge         413
            ├── TypeNotTaken         415
            ├── WrongHost            421
            ├── BodyInvalid          422
            ├── QueryInvalid         422
            ├── LabelRefused         422
            ├── NameRefused          422
            ├── TooManyRequests      429
            ├── Failed               500
            ├── StoreBusy            503
            └── StoreFull            507

Foreign exceptions are converted where their library is used.
"""

from collections.abc import Mapping

from claudeusage_core.errors import ClaudeusageError


class ServerError(ClaudeusageError):
    """An error of the server."""


class SignInEnded(ServerError):
    """A step of signing in, linking or unlinking at a provider that is not gone on with."""

    status = 403


class SignInCancelled(SignInEnded):
    """A person did not agree at the provider."""

    remedy = "Nothing was changed. Begin again, or close this page."

    def __init__(self, provider: str) -> None:
        """Take what the provider is called."""
        super().__init__(f"Signing in with {provider} was cancelled.")


class SignInForeign(SignInEnded):
    """A return from a provider that nothing in this browser, or in this session, waits for."""

    title = "This sign-in was not begun in this browser within the last ten minutes."
    remedy = "Nothing was changed. Begin again on this server's own page."


class IdentityTaken(SignInEnded):
    """Another account is signed in to by this identity."""

    status = 409

    def __init__(self, provider: str) -> None:
        """Take what the provider is called."""
        super().__init__(
            f"This {provider} account already signs in to another account here.",
            f"Nothing was changed. Sign out and sign in with {provider} to see that account.",
        )


class ProviderLinked(SignInEnded):
    """The account has an identity of this provider already."""

    status = 409

    def __init__(self, provider: str) -> None:
        """Take what the provider is called."""
        super().__init__(
            f"Another {provider} account already signs in to this account.",
            f"Nothing was changed. Unlink {provider} first, then link it again.",
        )


class LastIdentity(SignInEnded):
    """Nobody could sign in to the account any more."""

    status = 409

    def __init__(self, provider: str) -> None:
        """Take what the provider is called."""
        super().__init__(
            f"{provider} is the only way to sign in to this account.",
            "Nothing was changed. Link another provider first, or delete the account.",
        )


class ProviderFailed(SignInEnded):
    """A sign-in provider gave no answer, or none that can be believed.

    *reason* is for the log: this program's own words, never the provider's.
    """

    status = 502
    remedy = "Nothing was changed. Try again in a few minutes, or sign in another way."

    def __init__(self, provider: str, reason: str) -> None:
        """Take what the provider is called, and why it is not gone on with."""
        super().__init__(f"{provider} gave no answer that can be trusted.")
        self.reason = reason


class Refusal(ServerError):
    """An answer other than success: never with a value of the request in it."""

    status = 400
    code = "refused"

    def __init__(
        self,
        title: str = "",
        remedy: str = "",
        *,
        field: str | None = None,
        members: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Take the name of the *field* at fault, further *members* of the answer, and *headers*."""
        super().__init__(title, remedy)
        self.field = field
        self.members = dict(members or {})
        self.headers = dict(headers or {})


class RequestUnreadable(Refusal):
    """What came over the connection is no request of HTTP."""

    status = 400
    code = "request_unreadable"
    title = "This is not a request that can be read."


class BodyIncomplete(Refusal):
    """The connection ended within the body, so this answer is for the log."""

    status = 400
    code = "body_incomplete"
    title = "The body ended before it was whole."


class TokenDead(Refusal):
    """The token is unknown, revoked or missing."""

    status = 401
    code = "token_dead"
    title = "This sync token is not valid."
    remedy = "Link the computer again."

    def __init__(self) -> None:
        """Name the scheme that would open the address, as RFC 9110 has it."""
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class ProofWrong(Refusal):
    """A proof for local sign-in does not fit, or its challenge is used up."""

    status = 403
    code = "proof_wrong"
    title = "The proof is not valid."
    remedy = "Ask for a new challenge and answer it within a minute."


class FormForeign(Refusal):
    """A form was not sent from this server's own page."""

    status = 403
    code = "form_foreign"
    title = "This form was not sent from this server's own page."
    remedy = "Open the page again and repeat the step there."


class OtherMachine(Refusal):
    """The token belongs to another computer."""

    status = 403
    code = "other_machine"
    title = "This token belongs to another computer."
    remedy = "Link this computer to get a token of its own."


class NothingHere(Refusal):
    """There is nothing at this address."""

    status = 404
    code = "not_found"
    title = "There is nothing at this address."


class MethodNotAllowed(Refusal):
    """The address does not take this method."""

    status = 405
    code = "method_not_allowed"
    title = "This address does not take this method."


class BodySlow(Refusal):
    """The body took longer than is waited for."""

    status = 408
    code = "body_slow"
    title = "The body took longer than this server waits."
    remedy = "Try again over a faster connection."


class MachineTwin(Refusal):
    """A new computer repeats the days of another one of the account."""

    status = 409
    code = "machine_twin"
    title = "These days equal those of another computer of yours."
    remedy = 'Send them again with "twin": "merge" or "separate".'


class TooManyMachines(Refusal):
    """A new computer of an account that has as many as it can have."""

    status = 409
    code = "too_many_machines"
    title = "This account has as many computers as it can have."
    remedy = "Merge or remove some of them on the dashboard, then sync again."


class TooManyTokens(Refusal):
    """One more sync token for an account that has as many as it can have."""

    status = 409
    code = "too_many_tokens"
    title = "Your account has as many sync tokens as it can have."
    remedy = "Revoke some of them on the dashboard, then try again."


class BodyTooLarge(Refusal):
    """More bytes or days than are read."""

    status = 413
    code = "body_too_large"
    title = "The body is larger than this server reads."


class TypeNotTaken(Refusal):
    """A content type or encoding that the address does not take."""

    status = 415
    code = "type_not_taken"
    title = "This address does not take this content type or encoding."


class WrongHost(Refusal):
    """The request names a host that is not this server."""

    status = 421
    code = "wrong_host"
    title = "This server does not answer under this name."
    remedy = "Open it by the address that it printed when it started."


class BodyInvalid(Refusal):
    """The body is not what the address takes."""

    status = 422
    code = "body_invalid"
    title = "The body is not what this address takes."


class QueryInvalid(Refusal):
    """A parameter of the query has a value that the address does not know."""

    status = 422
    code = "query_invalid"
    title = "The query is not what this address takes."
    remedy = "Leave the parameter out, or give it one of the values that the document lists."


class LabelRefused(Refusal):
    """What was typed as a label of a computer or a token cannot be one."""

    status = 422
    code = "label_refused"
    title = "This label cannot be used."
    remedy = "Type at most 40 characters, all of which can be seen."


class NameRefused(Refusal):
    """A name that its owner may not have; the remedy says why."""

    status = 422
    code = "name_refused"
    title = "This name cannot be used."


class TooManyRequests(Refusal):
    """Asked too often."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests."

    def __init__(self, seconds: int) -> None:
        """Take after how many *seconds* it may be tried again."""
        super().__init__(
            remedy=f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)}
        )


class Failed(Refusal):
    """Something broke inside; the reference finds it in the log."""

    status = 500
    code = "failed"
    title = "The numbers cannot be read right now."

    def __init__(self, reference: str) -> None:
        """Take the request's id."""
        super().__init__(remedy=f"Nothing is lost. Try again in a minute. Reference {reference}.")


class StoreBusy(Refusal):
    """Another process has been writing to the store for too long."""

    status = 503
    code = "store_busy"
    title = "The server's data is being written to by another program."
    remedy = "Nothing is lost. Try again in a minute."

    def __init__(self, remedy: str = "") -> None:
        """Say to programs too when to try again; *remedy* is for what is half done."""
        super().__init__(remedy=remedy, headers={"Retry-After": "60"})


class StoreFull(Refusal):
    """The disk of the server has no room."""

    status = 507
    code = "store_full"
    title = "The server has no room to store anything more."
    remedy = "Nothing is lost. Try again later, or tell whoever runs the server."
