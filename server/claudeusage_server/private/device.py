"""Device authorization: a computer asks, its person compares a short code, approves or denies.

The computer holds a device code, the person types a user code; both are stored as hashes, last ten
minutes and work once. An approved device code becomes the token, so that an answer that was lost on
the way can be given again until the token is first used.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from claudeusage_core import wire
from claudeusage_server.errors import TokenDead
from claudeusage_server.private.accounts import read_account
from claudeusage_server.private.context import Context
from claudeusage_server.private.hashes import stored
from claudeusage_server.private.tokens import find_token, keep_token

CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
VALID_SECONDS = 600
INTERVAL_SECONDS = 5
_TOLERANCE_SECONDS = 1

_FORGET = text("DELETE FROM device_requests WHERE expires_at <= :now")
_ADD = text(
    "INSERT INTO device_requests (device, user_code, asked_at, expires_at, polled_at, state,"
    " account) VALUES (:device, :user_code, :now, :expires_at, 0, 'pending', NULL)"
)
_BY_DEVICE = text(
    "SELECT state, account, polled_at, expires_at FROM device_requests WHERE device = :device"
)
_BY_CODE = text(
    "SELECT asked_at, expires_at FROM device_requests"
    " WHERE user_code = :user_code AND state = 'pending' AND expires_at > :now"
)
_POLLED = text("UPDATE device_requests SET polled_at = :now WHERE device = :device")
_DELIVERED = text("UPDATE device_requests SET state = 'delivered' WHERE device = :device")
_DECIDE = text(
    "UPDATE device_requests SET state = :state, account = :account WHERE user_code = :user_code"
    " AND state = 'pending' AND expires_at > :now RETURNING device"
)


EXPIRED = wire.PollAnswer(status="expired").body()
"""The answer for what is no code, and for one that is used up or too old."""

SLOW_DOWN = wire.PollAnswer(status="slow_down").body()
"""The answer for who asks too often, as the original client takes no other."""


class Polled(BaseModel):
    """The computer's question whether its person has approved it."""

    model_config = ConfigDict(extra="ignore", strict=True)
    device_code: str = Field(alias="deviceCode", min_length=1, max_length=200)


class Decision(StrEnum):
    """What a person answers."""

    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A computer that waits for its person: both in seconds."""

    asked_ago: int
    valid_for: int


class DeviceAuthorization:
    """The server's side of linking."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def start(self, origin: str) -> bytes:
        """Give out a device code, and a user code that is approved at *origin*."""
        around = self._context.surroundings
        device, now = around.random_hex(32), around.seconds()
        while True:
            user_code = around.random_word(CODE_LETTERS, CODE_LENGTH)
            values = {
                "device": stored(device),
                "user_code": self._context.hashes.user_code(user_code),
                "now": now,
                "expires_at": now + VALID_SECONDS,
            }
            try:
                with self._context.store.write() as connection:
                    connection.execute(_FORGET, {"now": now})
                    connection.execute(_ADD, values)
                break
            except IntegrityError:  # another computer got the same eight letters
                continue
        address = origin + "/device"
        answer = {
            "deviceCode": device,
            "userCode": grouped(user_code),
            "verificationUri": address,
            "verificationUriComplete": f"{address}?code={grouped(user_code)}",
            "expiresIn": VALID_SECONDS,
            "interval": INTERVAL_SECONDS,
        }
        return wire.DeviceCode.model_validate(answer).body()

    def poll(self, body: bytes) -> bytes:
        """Answer a poll; what cannot be read has expired."""
        try:
            code = Polled.model_validate_json(body).device_code
        except ValidationError:
            return EXPIRED
        with self._context.store.write() as connection:
            return self._answer(connection, code).body()

    def waiting(self, code: str) -> Waiting | None:
        """Find the computer that shows this user code, None where none waits."""
        now = self._context.surroundings.seconds()
        values = {"user_code": self._context.hashes.user_code(plain(code)), "now": now}
        with self._context.store.read() as connection:
            row = connection.execute(_BY_CODE, values).one_or_none()
        return None if row is None else Waiting(now - row.asked_at, row.expires_at - now)

    def decide(self, code: str, account: str, decision: Decision) -> bool:
        """Approve or deny, once; False where no computer waits for this code any more."""
        values = {
            "user_code": self._context.hashes.user_code(plain(code)),
            "now": self._context.surroundings.seconds(),
            "account": account,
            "state": decision,
        }
        with self._context.store.write() as connection:
            return connection.execute(_DECIDE, values).one_or_none() is not None

    def _answer(self, connection: Connection, code: str) -> wire.PollAnswer:
        now, device = self._context.surroundings.seconds(), {"device": stored(code)}
        row = connection.execute(_BY_DEVICE, device).one_or_none()
        if row is None or row.expires_at <= now:
            return wire.PollAnswer(status="expired")
        connection.execute(_POLLED, device | {"now": now})
        if now - row.polled_at < INTERVAL_SECONDS - _TOLERANCE_SECONDS:
            return wire.PollAnswer(status="slow_down")
        match row.state:
            case "pending":
                return wire.PollAnswer(status="pending")
            case Decision.DENIED:
                return wire.PollAnswer(status="denied")
            case _:
                return self._approved(connection, code, row)

    def _approved(
        self, connection: Connection, code: str, row: Row[tuple[object, ...]]
    ) -> wire.PollAnswer:
        token, account = self._context.hashes.device_token(code), row.account
        if row.state == Decision.APPROVED:
            keep_token(connection, account, token, self._context.surroundings)
            connection.execute(_DELIVERED, {"device": stored(code)})
        else:
            try:
                used = find_token(connection, stored(token)).used
            except TokenDead:
                used = True
            if used:
                return wire.PollAnswer(status="expired")
        name = read_account(connection, account).name
        answer = {"status": "approved", "token": token, "userId": account, "username": name}
        return wire.PollAnswer.model_validate(answer)


def grouped(code: str) -> str:
    """Write a user code in two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def plain(code: str) -> str:
    """Bring a typed code to its eight letters: case, blanks and dashes do not matter."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return letters if len(letters) == CODE_LENGTH else ""
