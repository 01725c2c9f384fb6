"""A look at hinted transcripts gives of them what the walk over everything gives, or nothing."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_app.hinted import Hinted, look
from claudeusage_app.walk import Walk, find

FOLDERS = ("a", "a/p", "a/p/s/subagents", "b", "b/p", "c/q")
NAMES = ("s.jsonl", "t.jsonl")
ROOTS = ("a", "b", "a/p", "a/p/s/subagents", "link-0", "b/link-1")


class Link(NamedTuple):
    """A link from a name in a folder to another place."""

    folder: str
    target: str
    suffix: str


links = st.builds(
    Link,
    st.sampled_from(("", "a", "b", "b/p")),
    st.sampled_from(("a", "a/p", "b", "b/p", "c/q", "a/p/s.jsonl", "c/q/t.jsonl", "nowhere")),
    st.sampled_from(("", ".jsonl")),
)


def lay_out(home: Path, placed: list[Link]) -> None:
    for folder in FOLDERS:
        (home / folder).mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (home / folder / name).write_text(folder)
    for number, link in enumerate(placed):
        path = home / link.folder / f"link-{number}{link.suffix}"
        path.symlink_to(home / link.target)


def part(walk: Walk, paths: Mapping[str, int]) -> dict[str, tuple[object, int]]:
    """Return what a walk says of some paths."""
    return {
        each.real_path: (each, walk.holders[each.real_path])
        for each in walk.files
        if each.real_path in paths
    }


@given(
    placed=st.lists(links, max_size=3),
    roots=st.lists(st.sampled_from(ROOTS), min_size=2, max_size=4, unique=True),
    changed=st.lists(
        st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)),
        min_size=3,
        max_size=3,
        unique=True,
    ),
)
def test_three_changed_files_come_out_as_the_whole_walk_gives_them(
    placed: list[Link], roots: list[str], changed: list[tuple[str, str]]
) -> None:
    """A file that a link of another root leads to is held by that root too."""
    with TemporaryDirectory() as folder:
        home = Path(os.path.realpath(folder))
        lay_out(home, placed)
        folders = [home / each for each in roots]
        before = find(folders)
        for where, name in changed:
            with (home / where / name).open("a") as stream:
                stream.write("more")
        whole = find(folders)
        for some in (changed, *([each] for each in changed)):
            paths = frozenset(str(home / where / name) for where, name in some)
            walk = look(folders, Hinted(paths, before.linked))
            if walk is not None:
                hints = dict.fromkeys(paths, 0)
                assert part(walk, hints) == part(whole, hints)
                assert {each.real_path for each in walk.files} == paths
                assert walk.linked == whole.linked


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = Path(os.path.realpath(tmp_path)) / "projects"
    (made / "p").mkdir(parents=True)
    (made / "p" / "one.jsonl").write_text("{}\n")
    return made


def seen(root: Path, *paths: Path, linked: frozenset[str] = frozenset()) -> Walk | None:
    return look([root], Hinted(frozenset(map(str, paths)), linked))


def test_without_links_a_changed_transcript_is_looked_at_alone(root: Path) -> None:
    (root / "p" / "two.jsonl").write_text("{}\n")
    walk = seen(root, root / "p" / "one.jsonl")
    assert walk is not None
    assert [each.path for each in walk.files] == [str(root / "p" / "one.jsonl")]


def test_a_root_behind_a_link_is_no_reason_to_walk(root: Path) -> None:
    link = root.with_name("link")
    link.symlink_to(root)
    walk = seen(link, root / "p" / "one.jsonl")
    assert walk is not None
    assert walk.files == find([link]).files


@pytest.mark.parametrize("odd", ["gone.jsonl", "folder.jsonl", "link.jsonl", "../far.jsonl"])
def test_an_odd_path_asks_for_the_whole_walk(root: Path, odd: str) -> None:
    (root / "folder.jsonl").mkdir()
    (root / "link.jsonl").symlink_to(root / "p" / "one.jsonl")
    (root.parent / "far.jsonl").write_text("{}\n")
    assert seen(root, root / "p" / "one.jsonl", Path(os.path.normpath(root / odd))) is None


def test_what_a_link_leads_to_asks_for_the_whole_walk(root: Path) -> None:
    path = root / "p" / "one.jsonl"
    assert seen(root, path, linked=frozenset({str(root / "q")})) is not None
    assert seen(root, path, linked=frozenset({str(root / "p")})) is None
    assert seen(root, path, linked=frozenset({str(path)})) is None
