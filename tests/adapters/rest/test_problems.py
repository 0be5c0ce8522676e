import pytest
from litestar.exceptions import HTTPException, NotAuthorizedException

from chargewright.adapters.rest.problems import problem_of
from chargewright.errors import (
    InvalidInput,
    LocalProtocolError,
    NotFound,
    StoreUnavailable,
    UnsupportedByVersion,
)

CASES = [
    (InvalidInput("too much", where="limits.grid"), 400, "invalid-input", "too much", "limits.grid"),
    (NotFound("no such site", where="depot"), 404, "not-found", "no such site", "depot"),
    (StoreUnavailable("the disk is full"), 503, "unavailable", "the disk is full", None),
    (NotAuthorizedException(detail="a token"), 401, "not-authenticated", "a token", None),
    (HTTPException(status_code=418, detail="tea"), 418, "http", "tea", None),
]


@pytest.mark.parametrize(("error", "status", "kind", "detail", "path"), CASES)
def test_an_error_becomes_a_problem(error, status, kind, detail, path):
    found = problem_of(error)
    assert (found.status, found.type) == (status, f"urn:chargewright:problem:{kind}")
    assert (found.detail, found.path) == (detail, path)


def test_what_a_version_cannot_say_is_unprocessable():
    found = problem_of(UnsupportedByVersion("Reset", version="ocpp1.6", why="it is too old"))
    assert found.status == 422
    assert "it is too old" in found.detail


@pytest.mark.parametrize(
    "error", [LocalProtocolError("secret detail"), RuntimeError("secret detail"), KeyError("x")]
)
def test_our_own_fault_tells_nothing_of_the_inside(error):
    found = problem_of(error)
    assert (found.status, found.path) == (500, None)
    assert "secret" not in found.detail


@pytest.mark.parametrize(
    ("key", "message", "path"),
    [
        ("data.nodes[0].id", "Expected `str`, got `int`", "nodes[0].id"),
        ("data", "Object missing required field `id`", "id"),
        ("data.nodes[2]", "Object contains unknown field `limitA`", "nodes[2].limitA"),
        ("data", "Expected `object`, got `array`", None),
        ("limit", "Expected `int` >= 1", "limit"),
    ],
)
def test_the_path_leads_to_the_faulty_field(key, message, path):
    extra = [{"message": message, "key": key, "source": "body"}]
    found = problem_of(HTTPException(status_code=400, detail="Validation failed", extra=extra))
    assert (found.detail, found.path) == (message, path)
