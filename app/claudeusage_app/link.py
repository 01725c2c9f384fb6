"""The link to a server: made by a person's approval, kept as an address and a token."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Literal

from filelock import FileLock, Timeout

from claudeusage_app.addresses import is_on, origin_of, plain
from claudeusage_app.api import Api, Asking, once
from claudeusage_app.bundled import BundledServer
from claudeusage_app.credentials import Credentials, KeyringCredentials, stored_credentials
from claudeusage_app.errors import (
    AddressInvalid,
    NotLinked,
    ServerUnreachable,
    TokenRejected,
    UploadUnderWay,
)
from claudeusage_app.identity import (
    become_another_computer,
    check_names,
    keep_names,
    kept_machine,
    kept_zone,
)
from claudeusage_app.installation import TOKEN as TOKEN_VARIABLE
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerUnavailable
from claudeusage_app.ledger.uploads import Account
from claudeusage_app.link_errors import (
    CredentialsUnavailable,
    KeyringNotReady,
    TokenInvalid,
    TokenMissing,
)
from claudeusage_app.linked import Link, server_origin
from claudeusage_app.settings import LinkSettings, change_settings
from claudeusage_app.sync import Numbers, Prepared, Uploaded, Uploads
from claudeusage_core.device_flow import poll_until_answered
from claudeusage_core.errors import ClaudeusageError
from claudeusage_core.payload import Wish
from claudeusage_core.wire import TOKEN, DeviceCode, PollAnswer

Store = Literal["keyring", "file"]
LOCK_SECONDS = 60
_NOT_FORGOTTEN = (
    "The link is forgotten here and its token is not: remove that on the server's dashboard, and"
    " the entry `claudeusage` in the keyring."
)
_READY_OR_FILE = (
    "Make it ready and run this again, or link with `claudeusage link --store file` to keep the "
    "token in a file that only you can read."
)
_FORGOTTEN = "The link is forgotten here; remove the token on the server's dashboard too."


def asked_link(program: Installation) -> Link:
    """Return the link as the server tells it; raise `NotLinked`, `ServerUnreachable` and kin."""
    origin, token = opened(program)
    with Api(origin) as api:
        _prove(program, api, origin)
        me = api.me(token)
    return Link(origin, me.account, _on(origin, me.profile))


def credentials(program: Installation, store: Store) -> Credentials:
    """Return where tokens are kept."""
    if program.memory is not None:
        return program.memory
    return stored_credentials(store, program.places.config)


def link_by_browser(
    program: Installation,
    origin: str,
    store: Store,
    show: Callable[[DeviceCode], None],
    wait: Callable[[int], None],
) -> Link:
    """Link to *origin*: *show* the code to the person and *wait* between the questions."""
    program.refuse_to_adopt()
    keep = _ready_credentials(program, store)
    with Api(origin) as api:
        code = api.start_linking()
        if not is_on(origin, code.verification_uri_complete):
            raise AddressInvalid("The server named an approval page on another server.")
        show(code)
        flow = poll_until_answered(code.interval, code.expires_in)
        pause = next(flow)
        try:
            while True:
                wait(pause.seconds)
                pause = flow.send(_poll(api, code))
        except StopIteration as done:
            approved = done.value
        profile = api.me(approved.token).profile
    return _keep(
        program, keep, LinkSettings(origin, approved.account, profile, store), approved.token
    )


def _poll(api: Api, code: DeviceCode) -> PollAnswer:
    """Ask once; a server that is away for a moment is asked again later (RFC 8628, 3.5)."""
    try:
        return api.poll_linking(code.device_code)
    except ServerUnreachable:
        return PollAnswer(status="slow_down")


def link_by_token(
    program: Installation, origin: str, store: Store, read: Callable[[], str]
) -> Link:
    """Link to *origin* by a token that its person made there: *read* it once it can be kept."""
    program.refuse_to_adopt()
    keep = _ready_credentials(program, store)
    token = read().strip()
    if not TOKEN.fullmatch(token):
        raise TokenInvalid
    with Api(origin) as api:
        try:
            me = api.me(token)
        except TokenRejected as error:
            title, remedy = (
                "The server does not know this token.",
                "Make a new one on its dashboard.",
            )
            raise TokenRejected(title, remedy) from error
    return _keep(program, keep, LinkSettings(origin, me.account, me.profile, store), token)


def link_bundled(program: Installation, origin: str, store: Store) -> Link:
    """Link to the server on this computer in one step: its data folder is proof enough."""
    program.refuse_to_adopt()
    keep = _ready_credentials(program, store)
    with Api(origin) as api:
        answer = BundledServer(api, origin, program.places.server).ask("link")
    token = answer.get("token", "")
    if not TOKEN.fullmatch(token):
        raise ServerUnreachable("The bundled server gave no token.")
    made = LinkSettings(
        origin, answer.get("account", ""), answer.get("profile", ""), store, bundled=True
    )
    return _keep(program, keep, made, token)


@contextmanager
def as_another_computer(program: Installation) -> Generator[None]:
    """Take a new id with the link that is made meanwhile; where none is made, nothing changes.

    Nothing is uploaded meanwhile: the new token must never meet the old id.
    """
    with program.ledger() as database, _one_at_a_time(database):
        yield
        become_another_computer(database)


def unlink(program: Installation) -> str | None:
    """Forget the link here, make its token worthless at the server, and return that token.

    Raise `ServerUnreachable` or `ServerNotProven` where the server could not be told, or
    `CredentialsUnavailable` where the token could not be found; the link is forgotten all the same.
    """
    kept = program.settings.link
    token = forget(program)
    if kept is None or token is None:
        return None
    origin = origin_of(kept.origin)
    try:
        with Api(origin) as api:
            if kept.bundled:
                BundledServer(api, origin, program.places.server).prove()
            api.delete_token(token)
    except TokenRejected:
        return token
    except ClaudeusageError as error:
        raise type(error)(error.title, _FORGOTTEN) from error
    return token


def forget(program: Installation) -> str | None:
    """Forget the link here alone, and return its token, None where that was not there.

    Raise `NotLinked`, or `CredentialsUnavailable` where only the link could be forgotten.
    """
    kept = program.settings.link
    if kept is None:
        raise NotLinked
    keep = credentials(program, kept.store)
    try:
        token = keep.get(kept.origin)
        keep.delete(kept.origin)
    except CredentialsUnavailable as error:
        raise type(error)(error.title, _NOT_FORGOTTEN) from error
    finally:
        change_settings(program.places.settings, link=None)
    return token


def opened(program: Installation) -> tuple[str, str]:
    """Return the server in force and the token for it.

    Raise `NotLinked`, `TokenMissing`, `TokenRejected`, and `KeyringNotReady` where it is only to
    be waited for.
    """
    origin = server_origin(program)
    if origin is None:
        raise NotLinked
    token = program.environ.get(TOKEN_VARIABLE)
    kept = program.settings.link
    if not token and kept is not None and kept.origin == origin:
        token = credentials(program, kept.store).get(origin)
        if token is None:
            raise TokenMissing
    if not token:
        raise NotLinked
    if not TOKEN.fullmatch(token):
        raise TokenRejected
    return origin, token


@contextmanager
def connected(program: Installation, asking: Asking = once) -> Generator["Connection"]:
    """Open the ledger and the server, one upload at a time; raise `NotLinked` and its kin."""
    program.refuse_other_folders()
    origin, token = opened(program)
    kept = _link_of(program, origin)
    with (
        program.ledger() as database,
        Api(origin, asking=asking) as api,
        _one_at_a_time(database),
    ):
        _prove(program, api, origin)
        account = kept.account if kept is not None else api.me(token).account
        yield Connection(program, database, api, Account(origin, account), token)


class Connection:
    """An open ledger and an open server."""

    def __init__(
        self, program: Installation, database: Database, api: Api, account: Account, token: str
    ) -> None:
        """Take both, the *account* and its *token*."""
        self._program = program
        self._database = database
        self._api = api
        self._token = token
        self._uploads = Uploads(database, account, token)

    def prepare(self, *, same_computer: bool, wish: Wish) -> Prepared | None:
        """Make or find the stored preview; None where the server has everything."""
        check_names(self._database, same_computer=same_computer)
        server = self._api.days(self._token)
        numbers = numbers_of(self._program, self._database)
        now = self._program.clock()
        prepared = self._uploads.prepare(
            numbers, server, now, same_computer=same_computer, wish=wish
        )
        if prepared is None and same_computer:
            keep_names(self._database)
        return prepared

    @property
    def only_there(self) -> str:
        """A sentence about the days that only the server has, once an upload was prepared."""
        return self._uploads.only_there

    def upload(self, prepared: Prepared) -> Uploaded:
        """Post the accepted bytes."""
        uploaded = self._uploads.upload(prepared, self._api, self._program.clock())
        if prepared.same_computer:
            keep_names(self._database)
        if prepared.server_unasked:  # only now does the server know which computer this is
            with suppress(ClaudeusageError):
                numbers = numbers_of(self._program, self._database)
                self._uploads.look(numbers, self._api.days(self._token))
        return replace(uploaded, only_there=self.only_there)


def numbers_of(program: Installation, database: Database) -> Numbers:
    """Return what this computer has to say, by list prices: own ones are for showing only."""
    zone, prices = kept_zone(database), program.prices
    return Numbers(
        rows=program.figures_of(database, zone, prices),
        today=program.clock().astimezone(zone).date(),
        machine=kept_machine(database),
        prices=prices.generated,
    )


@contextmanager
def _one_at_a_time(database: Database) -> Generator[None]:
    """Keep every other upload of this ledger out; raise `UploadUnderWay` where one goes on."""
    lock = FileLock(database.path.with_suffix(".lock"), timeout=LOCK_SECONDS, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise UploadUnderWay from error
    except OSError as error:
        title = f"The ledger's lock {lock.lock_file} could not be taken: {error.strerror}."
        raise LedgerUnavailable(title) from error
    try:
        yield
    finally:
        lock.release()


def _link_of(program: Installation, origin: str) -> LinkSettings | None:
    """Return the kept link to *origin*, None where the token is not its."""
    kept = program.settings.link
    if kept is None or kept.origin != origin or program.environ.get(TOKEN_VARIABLE):
        return None
    return kept


def _prove(program: Installation, api: Api, origin: str) -> None:
    """Let the bundled server prove itself before it gets a token, wherever that comes from."""
    kept = program.settings.link
    if kept is not None and kept.bundled and kept.origin == origin:
        BundledServer(api, origin, program.places.server).prove()


def _ready_credentials(program: Installation, store: Store) -> Credentials:
    """Find out that the store works before a person is asked for anything."""
    keep = credentials(program, store)
    if isinstance(keep, KeyringCredentials):
        try:
            keep.probe()
        except KeyringNotReady as error:
            raise KeyringNotReady(error.title, _READY_OR_FILE) from error
    return keep


def _keep(program: Installation, keep: Credentials, made: LinkSettings, token: str) -> Link:
    profile = _on(made.origin, made.profile)
    before = program.settings.link
    program.adopt()
    keep.set(made.origin, token)
    change_settings(program.places.settings, link=made)
    if before is not None and not _same_place(program, before, made):
        with suppress(KeyringNotReady):  # what stays there is for nobody else to read
            credentials(program, before.store).delete(before.origin)
    return Link(made.origin, made.account, profile)


def _same_place(program: Installation, before: LinkSettings, made: LinkSettings) -> bool:
    """Say whether the token of one link is kept over that of the other."""
    one_store = program.memory is not None or before.store == made.store
    return one_store and before.origin == made.origin


def _on(origin: str, profile: str) -> str:
    """Return a profile's address; raise `AddressInvalid` where it is not the server's own."""
    if not is_on(origin, profile):
        raise AddressInvalid(f"The server named a profile elsewhere: {plain(profile)}")
    return profile
