"""Transcript lines in the form in which Claude Code writes them, for tests that need a few."""

import json
from pathlib import Path

SESSION = "11111111-2222-4333-8444-555555555555"
MODEL = "claude-opus-5-5"


def usage_line(
    number: int,
    at: str,
    *,
    session: str = SESSION,
    model: str = MODEL,
    output: int = 100,
    **members: object,
) -> str:
    """Return the line of response *number*; further *members* stand beside the usual ones."""
    line: dict[str, object] = {
        "parentUuid": None,
        "isSidechain": False,
        "sessionId": session,
        "version": "2.1.237",
        "message": {
            "id": message_id(number),
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": "An answer."}],
            "stop_reason": "end_turn",
            "usage": {
                "input_tokens": 10,
                "cache_creation_input_tokens": 2000,
                "cache_read_input_tokens": 30000,
                "output_tokens": output,
            },
        },
        "requestId": f"req_{number:024d}",
        "type": "assistant",
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "timestamp": at,
    }
    return json.dumps(line | members, separators=(",", ":"), ensure_ascii=False)


def message_id(number: int) -> str:
    """Return an id in the form of Anthropic's."""
    return f"msg_{number:024d}"


def write_transcript(
    projects: Path, *lines: str, session: str = SESSION, project: str = "-home-somebody-work"
) -> Path:
    """Write a session's transcript below the folder of *projects*, and return its path."""
    path = projects / project / f"{session}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def append(path: Path, *lines: str) -> None:
    """Append lines to a transcript."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
