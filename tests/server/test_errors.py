"""The errors that are answered: their codes are a promise, and docs/api.md lists them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from claudeusage_core import wire
from claudeusage_server import errors
from claudeusage_server.errors import BodyInvalid, Failed, Refusal, TooManyRequests
from claudeusage_server.private import rules
from claudeusage_server.web.problems import PROBLEM_TYPE, problem

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
TREE = errors.__doc__ or ""
PROMISED = {
    "request_unreadable": 400,
    "body_incomplete": 400,
    "token_dead": 401,
    "proof_wrong": 403,
    "form_foreign": 403,
    "other_machine": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "body_slow": 408,
    "machine_twin": 409,
    "too_many_machines": 409,
    "too_many_tokens": 409,
    "body_too_large": 413,
    "type_not_taken": 415,
    "wrong_host": 421,
    "body_invalid": 422,
    "query_invalid": 422,
    "label_refused": 422,
    "name_refused": 422,
    "too_many_requests": 429,
    "failed": 500,
    "store_busy": 503,
    "store_full": 507,
}


def refusals() -> Iterator[Refusal]:
    """Make one of every kind."""
    for kind in Refusal.__subclasses__():
        if kind is TooManyRequests:
            yield TooManyRequests(3)
        elif kind is Failed:
            yield Failed("0a1b2c3d")
        else:
            yield kind()


def test_the_codes_and_their_statuses_are_those_that_were_promised() -> None:
    made = list(refusals())
    assert {each.code: each.status for each in made} == PROMISED
    assert len(made) == len(PROMISED)


@pytest.mark.parametrize("refusal", list(refusals()), ids=lambda each: each.code)
def test_an_error_is_a_problem_with_its_members(refusal: Refusal) -> None:
    answer = problem(refusal)
    assert answer.status_code == refusal.status
    assert answer.headers["content-type"] == PROBLEM_TYPE
    assert answer.headers["cache-control"] == "no-store"
    read = wire.Problem.model_validate_json(bytes(answer.body))
    assert (read.type, read.code, read.status) == ("about:blank", refusal.code, refusal.status)
    assert re.fullmatch(r"[A-Z].*\.", read.title)
    assert read.detail is None or re.fullmatch(r"[A-Z].*\.", read.detail)
    assert json.loads(bytes(answer.body)).keys() <= {*wire.Problem.model_fields}


@pytest.mark.parametrize("refusal", list(refusals()), ids=lambda each: each.code)
def test_the_document_and_the_tree_list_every_error(refusal: Refusal) -> None:
    assert f"| {refusal.status} | `{refusal.code}` | {refusal.title} |" in DOCUMENT
    name = type(refusal).__name__
    assert re.search(
        rf"├── {name} +{refusal.status}$|└── {name} +{refusal.status}$", TREE, re.MULTILINE
    )


def test_the_document_lists_no_other_error() -> None:
    assert re.findall(r"^\| \d{3} \| `(\w+)`", DOCUMENT, re.MULTILINE) == list(PROMISED)


def test_the_document_lists_why_a_day_is_not_taken() -> None:
    source = Path(rules.__file__).read_text("utf-8")
    codes = set(re.findall(r'(?:return|else) "(\w+)"', source))
    _, _, section = DOCUMENT.partition("## Days that are not taken")
    assert len(codes) == 6
    assert set(re.findall(r"^\| `(\w+)` \| \w", section, re.MULTILINE)) == codes


def test_a_field_is_named_where_there_is_one() -> None:
    assert b'"field":"days.3.date"' in bytes(problem(BodyInvalid(field="days.3.date")).body)
    assert b'"field"' not in bytes(problem(BodyInvalid()).body)


def test_a_dead_token_is_told_which_scheme_would_do() -> None:
    assert problem(errors.TokenDead()).headers["www-authenticate"] == "Bearer"
