"""The machine id: a one-way hash, so that uploads of one computer can be told to be the same."""

import hashlib


def machine_id(hostname: str, user: str, suffix: str = "") -> str:
    """Return SHA-256 of ``hostname:user``, in hex; a *suffix* tells apart a second computer."""
    parts = (hostname, user, suffix) if suffix else (hostname, user)
    return hashlib.sha256(":".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
