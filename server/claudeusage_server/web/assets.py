"""The files that the pages use, and addresses that change with their content."""

import hashlib
from pathlib import Path

_STATIC = Path(__file__).parent / "static"


def asset(name: str) -> bytes:
    """Read one of the files."""
    return (_STATIC / name).read_bytes()


def versioned(path: str, content: bytes) -> str:
    """Add a hash of the content to an address, so that it can be kept for good."""
    return f"{path}?v={hashlib.sha256(content).hexdigest()[:12]}"
