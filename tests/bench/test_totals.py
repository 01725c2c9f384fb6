"""Totals of all readers are told in one form, beside the true ones."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from tests import corpus, reference
from tests.bench import totals
from tests.bench.totals import Totals

MODEL = {
    "model": "claude-opus-5-5",
    "messages": 2,
    "input_tokens": 10,
    "output_tokens": 2000,
    "cache_write_5m_tokens": 3,
    "cache_write_1h_tokens": 4,
    "cache_read_tokens": 50,
    "cost_microusd": 70,
}
DAY = {"date": "2026-11-01", "active_seconds": 60, "models": [MODEL]}


def test_a_report_and_the_slow_reader_are_told_alike(tmp_path: Path) -> None:
    corpus.write(tmp_path, size=100_000)
    rows = reference.read_folders([tmp_path], UTC, corpus.CLOCK)
    report = json.dumps({"days": rows, "totals": {}}).encode()
    assert totals.of_report(report) == totals.of_rows(rows)


def test_the_sums_are_those_of_all_days_and_models() -> None:
    found = totals.of_rows([DAY, {**DAY, "date": "2026-11-02"}])
    sums = (found.messages, found.input, found.output, found.cache_write, found.cache_read)
    assert sums == (4, 20, 4000, 14, 100)


@pytest.mark.parametrize("change", ["messages", "cost_microusd", "cache_write_1h_tokens"])
def test_the_hash_tells_every_number_apart(change: str) -> None:
    changed = {**DAY, "models": [{**MODEL, change: 99}]}
    assert totals.of_rows([changed]).hash != totals.of_rows([DAY]).hash


def test_the_hash_tells_days_apart_that_add_up_alike() -> None:
    assert totals.of_rows([{**DAY, "date": "2026-11-02"}]).hash != totals.of_rows([DAY]).hash


def test_equal_totals_are_told_by_their_hash() -> None:
    found = totals.of_rows([DAY])
    assert found.told_beside(found) == f"equal, {found.hash}"


def test_totals_that_differ_are_told_loudly() -> None:
    found, right = totals.of_rows([DAY]), totals.of_rows([DAY, {**DAY, "date": "2026-11-02"}])
    assert found.told_beside(right).startswith(
        f"DIFFERS, {found.hash} for {right.hash}; messages −2"
    )


def test_a_peer_is_told_by_how_far_it_is_off() -> None:
    right = totals.of_rows([DAY])
    sums = {
        "inputTokens": 10,
        "outputTokens": 1000,
        "cacheCreationTokens": 8,
        "cacheReadTokens": 50,
    }
    peer = totals.of_ccusage(json.dumps({"daily": [], "totals": sums}).encode())
    assert peer.told_beside(right) == "output −1,000 (−50.0%); cache write +1 (+14.3%)"


def test_a_peer_that_tells_no_messages_can_be_right() -> None:
    right = totals.of_rows([DAY])
    assert Totals(input=10, output=2000, cache_write=7, cache_read=50).told_beside(right) == (
        "sums equal"
    )
