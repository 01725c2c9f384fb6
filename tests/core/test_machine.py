"""The one-way hash by which a computer is known."""

import hashlib

from claudeusage_core.machine import machine_id


def test_a_machine_is_the_sha256_of_host_and_user() -> None:
    assert machine_id("box", "ada") == hashlib.sha256(b"box:ada").hexdigest()
    assert machine_id("b\u00f6x", "ada") == hashlib.sha256("b\u00f6x:ada".encode()).hexdigest()


def test_the_golden_value() -> None:
    assert machine_id("laptop", "somebody") == GOLDEN


def test_a_suffix_tells_apart_another_computer_of_the_same_names() -> None:
    assert machine_id("box", "ada", "2") == hashlib.sha256(b"box:ada:2").hexdigest()


def test_names_that_are_no_utf8_have_an_id_too() -> None:
    assert len(machine_id("b\udcffx", "ada")) == 64


GOLDEN = "632eac20ed25d00bcd1b0a5ab058fa17e92078ca842104776df9c5c38609870b"
