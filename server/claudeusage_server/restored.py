"""After a restore: what is public and unknown to the private store is taken back.

A private store that was copied back from a backup may stand beside a public one that went on: with
accounts that it does not know, and under names of later days. What is taken back here, and whatever
numbers differ from those that it published, is published anew by the cut at the start.
"""

from sqlalchemy import bindparam, text

from claudeusage_server.database import Store
from claudeusage_server.publish import withdraw

_AT_ONCE = 1_000
_PUBLISHED = text(
    "SELECT public_id FROM profiles WHERE public_id > :after ORDER BY public_id LIMIT :most"
)
_KNOWN = text("SELECT public_id FROM accounts WHERE public_id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


def withdraw_unknown(private: Store, public: Store) -> int:
    """Take profiles back of which the private store knows nothing; return how many."""
    withdrawn, after = 0, ""
    while True:
        values = {"after": after, "most": _AT_ONCE}
        with public.read() as connection:
            page = connection.execute(_PUBLISHED, values).scalars().all()
        if not page:
            return withdrawn
        after = page[-1]
        # Read later than what is public, so it is never older for a reason other than a restore.
        with private.read() as connection:
            known = set(connection.execute(_KNOWN, {"ids": list(page)}).scalars())
        lost = [public_id for public_id in page if public_id not in known]
        if lost:
            with public.write() as connection:
                withdraw(connection, lost)
            withdrawn += len(lost)
