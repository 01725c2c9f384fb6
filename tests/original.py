"""The original client's own file, as that client writes it."""

import json
from pathlib import Path

from tests.small_server import TOKEN


def write_original(folder: Path, origin: str, token: str | None = TOKEN) -> Path:
    """Write the file below the *folder* that the original client was told, or a home folder."""
    path = folder / ".claudeusage" / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    members = {
        "apiBase": origin,
        "token": token,
        "consentAcceptedAt": "2026-10-01T09:00:00.000Z",
        "lastSyncAt": "2026-11-20T09:00:00.000Z",
        "lastSyncMessageId": "msg_000000000000000000000001",
    }
    path.write_text(json.dumps({name: v for name, v in members.items() if v is not None}))
    path.chmod(0o600)
    return path
