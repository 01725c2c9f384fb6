"""Reading only what is new in a transcript."""

import hashlib
import os
from pathlib import Path

import pytest

from claudeusage_app.ledger.tails import Tail
from claudeusage_app.transcripts import Buffer, Reading, count_lines
from claudeusage_app.walk import TranscriptFile, find

LINE = b'{"x":"assistant"}\n'


def keyed(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


def put(path: Path, text: bytes = LINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


def seen(path: Path) -> TranscriptFile:
    (file,) = find([path.parent]).files
    return file


def read(path: Path, known: Tail | None = None) -> tuple[list[bytes], Tail, bool]:
    """Read a file's new lines, which all hold the mark, and return them with the tail."""
    lines: list[bytes] = []
    reading = Reading(seen(path), known, keyed, 0, Buffer())
    for _ in reading.give_out(lambda line: lines.append(bytes(line))):
        pass
    return lines, reading.tail, reading.restarted


def test_a_name_that_is_not_utf_8_is_found_and_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9") / "s.jsonl"
    put(path, LINE)
    assert read(path)[0] == [LINE[:-1]]


def test_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    text = '{"x":"assistant","a":"\u2028\u0085\x0b\x0c"}\r\n{"x":"assistant","b":1}\n'.encode()
    lines, tail, _ = read(put(tmp_path / "s.jsonl", text))
    assert lines == [text[: text.index(b"\n")], b'{"x":"assistant","b":1}']
    assert tail.read_to == len(text)


def test_a_line_of_several_megabytes_is_read(tmp_path: Path) -> None:
    line = b'{"x":"assistant","text":"' + b"x" * 5_000_000 + b'"}'
    path = put(tmp_path / "s.jsonl", line + b"\n" + LINE)
    assert read(path)[0] == [line, LINE[:-1]]


def test_the_second_reading_gives_out_only_what_was_appended(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", b'{"x":"assistant","a":1}\n')
    _, tail, _ = read(path)
    with path.open("ab") as file:
        file.write(b'{"x":"assistant","b":2}\n')
    lines, later, restarted = read(path, tail)
    assert (lines, restarted) == ([b'{"x":"assistant","b":2}'], False)
    assert later.read_to == later.size == path.stat().st_size


def test_an_unchanged_file_is_told_by_its_size_time_and_inode(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", LINE)
    _, tail, _ = read(path)
    assert seen(path).is_as(tail)
    os.utime(path, ns=(1, 1))
    assert not seen(path).is_as(tail)


@pytest.mark.parametrize(
    "text",
    [
        b'{"x":"assistant","a":1}',
        b'\xef\xbb\xbf{"x":"assistant","a":1}',
        b'{"x":"assistant","a":1} \r',
        b'{"x":"assistant","a":1}{"x":"assistant","b":2}',
        b'{"x":"assistant","a":1}\0\0',
    ],
)
def test_a_whole_last_line_counts_without_its_line_feed(tmp_path: Path, text: bytes) -> None:
    path = put(tmp_path / "s.jsonl", LINE + text)
    lines, tail, _ = read(path)
    assert lines == [LINE[:-1], text]
    with path.open("ab") as file:
        file.write(b"\n" + LINE)
    assert read(path, tail)[0] == [LINE[:-1]]


@pytest.mark.parametrize(
    "text",
    [
        *(
            b'{"x":"assistant","a":1',
            b'{"x":"assistant","a":"\xc3',
            b"[1]",
            b"{",
            b'"',
            b"12",
            b"nul",
            b"null",
        ),
        *(
            b'{"x":"assistant","a":1}{"b"',
            b'{"x":"assistant","a":1}nul',
            b"\xef\xbb\xbf",
            b"\0\0",
            b"  ",
        ),
    ],
)
def test_a_cut_last_line_is_left_and_read_again_from_its_first_byte(
    tmp_path: Path, text: bytes
) -> None:
    path = put(tmp_path / "s.jsonl", LINE + text)
    lines, tail, _ = read(path)
    assert lines == [LINE[:-1]]
    assert tail.read_to == len(LINE)
    assert seen(path).is_as(tail)
    with path.open("ab") as file:
        file.write(b'"assistant"\n')
    assert read(path, tail)[0] == [text + b'"assistant"']


def test_a_truncated_file_is_read_again_from_its_first_byte(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", b'{"x":"assistant","a":1}\n{"x":"assistant","b":2}\n')
    _, tail, _ = read(path)
    path.write_bytes(b'{"x":"assistant","c":3}\n')
    lines, _, restarted = read(path, tail)
    assert (lines, restarted) == ([b'{"x":"assistant","c":3}'], True)


def test_a_file_rewritten_in_place_and_longer_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", b'{"x":"assistant","a":1}\n')
    _, tail, _ = read(path)
    path.write_bytes(b'{"x":"assistant","c":3}\n{"x":"assistant","d":4}\n{"x":"assistant","e":5}\n')
    lines, _, restarted = read(path, tail)
    assert (len(lines), restarted) == (3, True)


def test_a_file_rewritten_in_place_with_the_same_length_and_end_is_read_again(
    tmp_path: Path,
) -> None:
    end = b'{"x":"assistant","b":"' + b"x" * 300 + b'"}\n'
    path = put(tmp_path / "s.jsonl", b'{"x":"assistant","a":100}\n' + end)
    _, tail, _ = read(path)
    path.write_bytes(b'{"x":"assistant","a":260}\n' + end)
    os.utime(path, ns=(1, 1))
    lines, later, restarted = read(path, tail)
    assert (lines, restarted) == ([b'{"x":"assistant","a":260}', end[:-1]], True)
    path.write_bytes(b'{"x":"assistant","a":1}\n' + end[:-1])
    assert read(path, later)[2]


@pytest.mark.parametrize("place", [10, 300, 5_000])
def test_a_file_rewritten_near_its_beginning_or_end_and_longer_is_read_again(
    tmp_path: Path, place: int
) -> None:
    lines = [b'{"x":"assistant","n":1}\n'] * 300
    path = put(tmp_path / "s.jsonl", b"".join(lines))
    _, tail, _ = read(path)
    lines[place // len(LINE) % 300] = b'{"x":"assistant","n":2}\n'
    path.write_bytes(b"".join(lines) + LINE)
    assert read(path, tail)[2]


def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", b'{"x":"assistant","a":1}\n')
    _, tail, _ = read(path)
    put(tmp_path / "aside", b'{"x":"assistant","a":1}\n{"x":"assistant","b":2}\n').replace(path)
    lines, _, restarted = read(path, tail)
    assert (len(lines), restarted) == (2, True)


def test_a_new_file_was_not_restarted(tmp_path: Path) -> None:
    _, _, restarted = read(put(tmp_path / "s.jsonl"))
    assert not restarted


def test_the_tail_is_the_same_however_the_file_was_cut_into_readings(tmp_path: Path) -> None:
    text = b"".join(
        b'{"x":"assistant","n":%d,"x":"%s"}\n' % (n, b"y" * (n * 37 % 300)) for n in range(40)
    )
    path = tmp_path / "s.jsonl"
    tail: Tail | None = None
    for end in [*range(0, len(text), 97), len(text)]:
        path.write_bytes(text[:end])
        _, tail, restarted = read(path, tail)
        assert not restarted
    assert tail == read(path)[1]


def test_the_tail_holds_no_bytes_of_the_file(tmp_path: Path) -> None:
    _, tail, _ = read(put(tmp_path / "s.jsonl", b'{"x":"assistant","secret":"canary"}\n'))
    assert tail.ending == keyed(b'{"x":"assistant","secret":"canary"}\n' * 2)


def test_an_empty_file_has_a_tail(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", b"")
    lines, tail, _ = read(path)
    assert (lines, tail.read_to) == ([], 0)
    path.write_bytes(LINE)
    assert read(path, tail)[0] == [LINE[:-1]]


def test_a_file_that_went_away_is_an_error_of_the_system(tmp_path: Path) -> None:
    file = seen(path := put(tmp_path / "s.jsonl"))
    path.unlink()
    with pytest.raises(FileNotFoundError):
        list(Reading(file, None, keyed, 0, Buffer()).give_out(print))


def test_only_lines_that_may_report_usage_are_given_out(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", b"{}\n" + LINE + b'{"a":"\\"assistant\\""}\n' + LINE + b"{}")
    lines, tail, _ = read(path)
    assert lines == [LINE[:-1]] * 2
    assert tail.read_to == path.stat().st_size


@pytest.mark.parametrize("length", [(1 << 18) - 30, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 1 << 20])
def test_lines_around_the_end_of_what_is_read_at_once_are_whole(
    tmp_path: Path, length: int
) -> None:
    filler = b'{"text":"' + b"x" * (length - 20) + b'"}\n'
    path = put(tmp_path / "s.jsonl", LINE + filler + LINE + filler + filler + LINE)
    assert read(path)[0] == [LINE[:-1]] * 3


def test_a_buffer_that_a_long_line_made_grow_is_given_back(tmp_path: Path) -> None:
    buffer = Buffer()
    usual = len(buffer.bytes)
    path = put(tmp_path / "s.jsonl", b"x" * 9_000_000 + b"\n" + LINE)
    lines: list[int] = []
    for _ in Reading(seen(path), None, keyed, 0, buffer).give_out(
        lambda line: lines.append(len(line))
    ):
        pass
    assert (lines, len(buffer.bytes)) == ([len(LINE) - 1], usual)


def test_the_lines_that_were_read_can_be_counted(tmp_path: Path) -> None:
    path = put(tmp_path / "s.jsonl", b"{}\n" * 300_000 + LINE + b'{"a":1}')
    _, whole, _ = read(path)
    assert count_lines([(seen(path), whole)]) == 300_002
    path.write_bytes(b'{}\n{"a":')
    _, cut, _ = read(path)
    assert count_lines([(seen(path), cut)]) == 1
    file = seen(path)
    path.unlink()
    assert count_lines([(file, whole)]) == 0
