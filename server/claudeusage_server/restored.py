"""After a restore: what is public, and unknown or newer than in the private store, is taken back.

A private store that was copied back from a backup may stand beside a public one that went on: with
accounts that it does not know, under names of later days, or with numbers that it never held. What
is taken back here is published again from the private store by the cut at the start.
"""

from sqlalchemy import bindparam, text

from claudeusage_server.database import Store

_AT_ONCE = 1_000
_PUBLISHED = text(
    "SELECT public_id, generation FROM profiles WHERE public_id > :after"
    " ORDER BY public_id LIMIT :most"
)
_KNOWN = text("SELECT public_id, generation FROM accounts WHERE public_id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_WITHDRAW = text("DELETE FROM profiles WHERE public_id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


def withdraw_unknown(private: Store, public: Store) -> int:
    """Take profiles back of which the private store knows nothing, or less; return how many."""
    withdrawn, after = 0, ""
    while True:
        with public.read() as connection:
            page = connection.execute(_PUBLISHED, {"after": after, "most": _AT_ONCE}).all()
        if not page:
            return withdrawn
        after = page[-1].public_id
        # Read later than what is public, so it is never older for a reason other than a restore.
        with private.read() as connection:
            found = connection.execute(_KNOWN, {"ids": [row.public_id for row in page]})
            known: dict[str, int] = {row.public_id: row.generation for row in found}
        lost = [row.public_id for row in page if known.get(row.public_id, -1) < row.generation]
        if lost:
            with public.write() as connection:
                connection.execute(_WITHDRAW, {"ids": lost})
            withdrawn += len(lost)
