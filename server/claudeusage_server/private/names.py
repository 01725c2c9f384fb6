"""Names: which a person may have, in an address and beside it.

A username is the last part of an address; a display name stands on the page. Neither may pass for
the operator, for a part of the server, or for somebody anonymous.
"""

import re
import unicodedata

from claudeusage_server.errors import NameRefused

ANONYMOUS = "anonymous"
"""What an anonymous name begins with, and no other name."""

USERNAME_LENGTH = range(2, 40)
DISPLAY_LENGTH = range(1, 40)
"""In code points."""

ROUTES = frozenset(
    {
        *("about", "api", "assets", "auth", "badge", "board", "callback"),
        *("checks", "dashboard", "device", "export", "favicon", "healthz"),
        *("leaderboard", "login", "logout", "metrics", "privacy", "readyz"),
        *("robots", "settings", "sign-in", "sign-out", "sign-out-everywhere", "signin"),
        *("signout", "sitemap", "static", "u", "well-known"),
    }
)
"""What an address of the server may begin with, now or later."""

_OPERATOR = frozenset(
    {
        *(
            "abuse",
            "account",
            "accounts",
            "admin",
            "administrator",
            "anthropic",
            "billing",
            "claude",
        ),
        *("claudecode", "claudeusage", "contact", "everybody", "everyone", "help", "hostmaster"),
        *(
            "info",
            "legal",
            "mail",
            "me",
            "mod",
            "moderator",
            "nobody",
            "noreply",
            "null",
            "official",
        ),
        *("operator", "owner", "postmaster", "root", "security", "server", "staff", "status"),
        *(
            "support",
            "system",
            "team",
            "terms",
            "undefined",
            "user",
            "username",
            "webmaster",
            "www",
        ),
    }
)
_USERNAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PARTS = re.compile(r"[^\W_]+")
_LOOK_ALIKE = str.maketrans(
    "0134578\u0131" + "авеикмнорстухіјѕԁԛԝ" + "αβεικνορτυχ",
    "oieastbi" + "abeukmhopctyxijsdqw" + "abeikvoptux",
)
"""Digits, Cyrillic and Greek letters that are read as Latin ones. l and i are one letter here."""

_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and signs that nobody sees."""

_INVISIBLE_MARKS = (
    range(0x034F, 0x0350),
    range(0x180B, 0x1810),
    range(0xFE00, 0xFE10),
    range(0xE0100, 0xE01F0),
)
"""The grapheme joiner, and the selectors of variations."""

_LEFT_OUT = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of controls, bidi and zero-width signs, tags, and what is no character."""

_MOST_ABOVE = 2
_MOST_MARKS = 4
"""Marks in a row: above or below one letter, and in all, of which some scripts need that many."""


def username(typed: str) -> str:
    """Return a username as it is stored; raise `NameRefused` where it cannot be one."""
    name = typed.strip()
    if not name.isascii():
        raise _refused("username", "Use the letters a to z, digits, and single hyphens.")
    name = name.lower()
    if len(name) not in USERNAME_LENGTH:
        raise _refused("username", "Use 2 to 39 characters.")
    if not _USERNAME.fullmatch(name):
        raise _refused(
            "username", "Use the letters a to z and digits, with single hyphens between them."
        )
    if _is_reserved(name):
        raise _refused("username", "It is reserved: choose another.")
    return name


def display_name(typed: str) -> str:
    """Return a display name as it is stored; raise `NameRefused` where it cannot be one."""
    name = _plain(typed)
    if len(name) not in DISPLAY_LENGTH:
        raise _refused("display_name", "Use 1 to 39 characters.")
    if any(_is_unseen(character) for character in name):
        raise _refused("display_name", "Leave out signs that cannot be seen.")
    if not any(unicodedata.category(character)[0] in "LN" for character in name):
        raise _refused("display_name", "Use at least one letter or digit.")
    if unicodedata.category(name[0])[0] == "M" or _has_too_many_marks(name):
        raise _refused("display_name", "Use fewer accents on one letter.")
    if _is_reserved(name):
        raise _refused("display_name", "It is reserved: choose another.")
    return name


def _refused(field: str, remedy: str) -> NameRefused:
    return NameRefused(remedy=remedy, field=field)


def _plain(typed: str) -> str:
    """Compose accents, trim, and write one blank for many; other controls stay to be refused."""
    composed = unicodedata.normalize("NFC", typed)
    blanks = "".join(" " if _is_blank(character) else character for character in composed)
    return " ".join(part for part in blanks.split(" ") if part)


def _is_blank(character: str) -> bool:
    return character in "\t\r\n" or unicodedata.category(character) == "Zs"


def _is_unseen(character: str) -> bool:
    return (
        unicodedata.category(character) in _LEFT_OUT
        or character in _BLANK
        or any(ord(character) in marks for marks in _INVISIBLE_MARKS)
    )


def _has_too_many_marks(name: str) -> bool:
    above = marks = 0
    for character in name:
        category = unicodedata.category(character)
        is_mark = category[0] == "M"
        marks = marks + 1 if is_mark else 0
        if not is_mark:
            above = 0
        elif unicodedata.combining(character) or category == "Me":
            above += 1
        if marks > _MOST_MARKS or above > _MOST_ABOVE:
            return True
    return False


def _is_reserved(name: str) -> bool:
    """Say whether a name is made of reserved words alone, or begins like an anonymous one."""
    read = _as_read(name)
    parts = _PARTS.findall(read)
    together = "".join(parts)
    return (
        together.startswith(_as_read(ANONYMOUS))
        or together in _RESERVED
        or (bool(parts) and all(part in _RESERVED for part in parts))
    )


def _as_read(name: str) -> str:
    """Write a name as a hasty reader takes it: without case, accents and look-alikes."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(each for each in apart if unicodedata.category(each)[0] != "M")
    return bare.casefold().translate(_LOOK_ALIKE).replace("l", "i")


_RESERVED = frozenset("".join(_PARTS.findall(_as_read(word))) for word in ROUTES | _OPERATOR)
