"""BLAKE2b and SHA-256 as Python itself has them.

`hashlib` has the same two, but loads OpenSSL first: 3.5 MB and 3 ms of every process.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import blake2b, sha256
else:
    from importlib import import_module

    def _first(name: str, *modules: str) -> object:
        for module in modules:
            try:
                return getattr(import_module(module), name)
            except ImportError:  # another version, or another Python
                continue
        raise ImportError(name)

    blake2b = _first("blake2b", "_blake2", "hashlib")
    sha256 = _first("sha256", "_sha2", "_sha256", "hashlib")

__all__ = ["blake2b", "sha256"]
