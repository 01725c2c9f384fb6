"""Which countries may be public: those that at least five named profiles share."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text

FEWEST = 5
"""Profiles that share a country before it is shown for any of them."""

_WANTED = text(
    "SELECT public_id, country FROM accounts WHERE visible = 1 AND anonymous = 0"
    " AND show_country = 1 AND country IS NOT NULL"
)
_PUBLIC = text("SELECT public_id, country FROM profiles")
_SET = text("UPDATE profiles SET country = :country WHERE public_id = :public_id")
_RARE = text(
    "UPDATE profiles SET country = NULL WHERE country IN (SELECT country FROM profiles"
    " WHERE country IS NOT NULL GROUP BY country HAVING COUNT(*) < :fewest)"
    " RETURNING public_id"
).bindparams(bindparam("fewest", FEWEST))


def clear_rare_countries(public: Connection) -> Sequence[str]:
    """Take a country away from those who are left with it, where they have become too few.

    Return the public ids of those whom it was taken from.
    """
    return public.execute(_RARE).scalars().all()


def show_countries(private: Connection, public: Connection) -> Sequence[str]:
    """Show the country of everybody who wants that and has company enough.

    Return the public ids of those whose country is another now.
    """
    shown = {row.public_id: row.country for row in public.execute(_PUBLIC)}
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for row in private.execute(_WANTED):
        if row.public_id in shown:
            sharing[row.country].append(row.public_id)
    gained = [
        {"country": country, "public_id": public_id}
        for country, public_ids in sharing.items()
        if len(public_ids) >= FEWEST
        for public_id in public_ids
        if shown[public_id] != country
    ]
    if gained:
        public.execute(_SET, gained)
    return [*(each["public_id"] for each in gained), *clear_rare_countries(public)]
