"""The machine id: a one-way hash, so that uploads of one computer can be told to be the same."""

from claudeusage_core.hashes import sha256


def machine_id(hostname: str, user: str, suffix: str = "") -> str:
    """Return SHA-256 of ``hostname:user``, in hex; a *suffix* tells apart a second computer."""
    parts = (hostname, user, suffix) if suffix else (hostname, user)
    return sha256(":".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
