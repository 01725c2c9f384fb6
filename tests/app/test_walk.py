"""Finding transcripts at any depth."""

import os
import socket
from pathlib import Path

import pytest

from claudeusage_app.walk import find

LINE = b'{"x":"assistant"}\n'


def names(root: Path) -> list[str]:
    return [os.path.relpath(file.path, root) for file in find([root]).files]


def put(path: Path, text: bytes = LINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


def test_transcripts_are_found_at_every_depth_and_nothing_else_is(tmp_path: Path) -> None:
    wanted = [
        "p/agent-1.jsonl",
        "p/s.jsonl",
        "p/s/subagents/agent-2.jsonl",
        "p/s/subagents/workflows/w/agent-3.jsonl",
        "top.jsonl",
    ]
    for name in [*wanted, "p/s.json", "p/notes.txt", "p/s.jsonl.bak"]:
        put(tmp_path / name)
    assert sorted(names(tmp_path)) == wanted


def test_names_that_begin_with_a_dot_count_too(tmp_path: Path) -> None:
    put(tmp_path / ".hidden/.session.jsonl")
    assert names(tmp_path) == [".hidden/.session.jsonl"]


def test_the_session_of_a_subagent_is_that_of_the_folder_above(tmp_path: Path) -> None:
    put(tmp_path / "p/parent/subagents/workflows/w/agent-1.jsonl")
    put(tmp_path / "p/own.jsonl")
    assert {file.session for file in find([tmp_path]).files} == {"parent", "own"}


def test_a_linked_folder_is_followed_and_its_files_count_once(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere/p/s.jsonl")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a-link").symlink_to(tmp_path / "elsewhere/p")
    (root / "b-link").symlink_to(tmp_path / "elsewhere/p")
    assert len(find([root]).files) == 1
    assert len(find([root, tmp_path / "elsewhere", root / "a-link"]).files) == 1


def test_a_linked_file_counts_once_and_under_its_own_place(tmp_path: Path) -> None:
    put(tmp_path / "p/z.jsonl")
    (tmp_path / "p/a.jsonl").symlink_to("z.jsonl")
    assert names(tmp_path) == ["p/z.jsonl"]


def test_the_place_of_a_file_is_below_the_outermost_folder_that_holds_it(tmp_path: Path) -> None:
    inside = put(tmp_path / "b/p/parent/subagents/agent-1.jsonl")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/folder").symlink_to(inside.parent)
    (tmp_path / "a/file.jsonl").symlink_to(inside)
    (tmp_path / "b/a.jsonl").symlink_to(inside)
    (tmp_path / "b/a").symlink_to(inside.parent)
    roots = [tmp_path / "a", tmp_path / "b", inside.parent, tmp_path / "b/p"]
    for order in (roots, roots[::-1], roots[1:] + roots[:1]):
        (file,) = find(order).files
        assert (file.session, file.real_path) == ("parent", str(inside))


def test_a_file_that_only_links_lead_to_has_the_place_of_the_link(tmp_path: Path) -> None:
    put(tmp_path / "outside/agent-1.jsonl")
    put(tmp_path / "outside.bin")
    (tmp_path / "root/p/parent").mkdir(parents=True)
    (tmp_path / "root/p/parent/subagents").symlink_to(tmp_path / "outside")
    (tmp_path / "root/p/named.jsonl").symlink_to(tmp_path / "outside.bin")
    assert {file.session for file in find([tmp_path / "root"]).files} == {"parent", "named"}


@pytest.mark.parametrize("name", ["s.JSONL", "s.jsonl.gz", "s.jsonl~", "jsonl", "s.json"])
def test_another_ending_is_no_transcript(tmp_path: Path, name: str) -> None:
    put(tmp_path / name)
    assert names(tmp_path) == []


def test_a_link_to_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipe.jsonl").symlink_to("pipe")
    (tmp_path / "device.jsonl").symlink_to("/dev/zero")
    assert names(tmp_path) == []


def test_loops_of_links_end(tmp_path: Path) -> None:
    put(tmp_path / "p/s.jsonl")
    (tmp_path / "p/up").symlink_to(tmp_path)
    (tmp_path / "p/self").symlink_to("self")
    (tmp_path / "p/self.jsonl").symlink_to("self.jsonl")
    (tmp_path / "p/gone.jsonl").symlink_to("nowhere")
    walk = find([tmp_path])
    assert [file.session for file in walk.files] == ["s"]
    assert walk.unreadable == 0


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    put(tmp_path / "folder.jsonl/inside.jsonl")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s.jsonl"))
        assert names(tmp_path) == ["folder.jsonl/inside.jsonl"]


def test_a_missing_folder_is_no_error_and_neither_is_a_file_in_its_place(tmp_path: Path) -> None:
    put(tmp_path / "file")
    walk = find([tmp_path / "nowhere", tmp_path / "file"])
    assert (walk.files, walk.unreadable) == ((), 0)
