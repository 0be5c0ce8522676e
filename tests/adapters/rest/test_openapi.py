import re

import jsonschema_rs
import pytest
from tests.adapters.rest.rest_stories import SITE

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
async def document(api):
    return (await api.http.get("/api/v1/openapi.json")).json()


def resolved(document: dict, reference: str):
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def schemas(place):
    """Every schema object of the document, wherever it stands."""
    if isinstance(place, dict):
        if "schema" in place:
            yield place["schema"]
        for value in place.values():
            yield from schemas(value)
    elif isinstance(place, list):
        for value in place:
            yield from schemas(value)


def references(place):
    if isinstance(place, dict):
        if "$ref" in place:
            yield place["$ref"]
        for value in place.values():
            yield from references(value)
    elif isinstance(place, list):
        for value in place:
            yield from references(value)


def test_it_has_the_shape_of_3_1(document):
    """The fixed fields of the specification, by hand: OpenAPI 3.1.0, sections 4.8.1 to 4.8.10."""
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    assert document.keys() <= {"openapi", "info", "jsonSchemaDialect", "servers", "paths", "components"}
    numbers = []
    for path, item in document["paths"].items():
        assert path.startswith("/")
        assert item.keys() <= METHODS
        named = set(re.findall(r"\{(\w+)\}", path))
        for operation in item.values():
            numbers.append(operation["operationId"])
            parameters = operation["parameters"]
            assert {p["name"] for p in parameters if p["in"] == "path"} == named
            assert all(p["required"] for p in parameters if p["in"] == "path")
            assert {p["in"] for p in parameters} <= {"path", "query", "header"}
            assert all(re.fullmatch(r"[1-5]\d\d|default", status) for status in operation["responses"])
            assert all("description" in r or "$ref" in r for r in operation["responses"].values())
    assert len(numbers) == len(set(numbers))


def test_every_schema_is_one_and_every_reference_leads_somewhere(document):
    for reference in references(document):
        assert resolved(document, reference)
    found = [*document["components"]["schemas"].values(), *schemas(document["paths"])]
    assert len(found) > 80
    for schema in found:
        assert jsonschema_rs.meta.is_valid({"$schema": document["jsonSchemaDialect"], **schema}), schema


PROMISED = [
    *(
        "get /sites",
        "post /sites",
        "get /sites/{}",
        "put /sites/{}",
        "get /sites/{}/limits",
        "put /sites/{}/limits",
    ),
    *(
        "get /sites/{}/days/{}/bill",
        "get /sites/{}/batteries",
        "post /sites/{}/batteries/{}",
        "get /sites/{}/limit-events",
        "post /sites/{}/limit-events",
        "delete /sites/{}/limit-events/{}",
        "get /sites/{}/goal",
        "put /sites/{}/goal",
        "get /sites/{}/plan",
        "post /sites/{}/replan",
        "get /sites/{}/live",
    ),
    *("post /sites/{}/measurements", "get /sites/{}/measurements", "get /sites/{}/outlook"),
    *("get /sites/{}/measurements/series", "get /sites/{}/limits/ahead"),
    *("get /sites/{}/learning", "delete /sites/{}/learning"),
    *("get /learning/tokens/{}", "delete /learning/tokens/{}"),
    *("get /energy-tariffs", "get /energy-tariffs/{}", "put /energy-tariffs/{}"),
    *("delete /energy-tariffs/{}", "post /energy-tariffs/{}/bill"),
    *("get /market/providers", "get /market/areas", "get /market/areas/{}/{}"),
    "post /market/areas/{}/{}/refresh",
    *("get /stations", "post /stations", "get /stations/{}", "patch /stations/{}", "delete /stations/{}"),
    *("post /stations/{}/commands/{}", "get /commands/{}", "get /stations/{}/profiles"),
    *("get /stations/{}/composite-schedule", "get /stations/{}/notices", "put /stations/{}/evses/{}/needs"),
    *("get /transactions", "get /transactions/{}", "get /transactions/{}/meter-values"),
    *("get /tokens", "post /tokens", "get /tokens/{}", "put /tokens/{}", "delete /tokens/{}"),
    *("get /stations/{}/variables", "put /stations/{}/variables", "post /stations/{}/variables/read"),
    *("post /stations/{}/variables/refresh", "get /stations/{}/configuration"),
    *("post /stations/{}/configuration/apply", "get /configuration-templates"),
    *("get /configuration-templates/{}", "put /configuration-templates/{}"),
    *("delete /configuration-templates/{}", "get /stations/{}/reports", "post /stations/{}/reports/{}"),
    *("get /stations/{}/reports/{}", "get /stations/{}/monitoring", "put /stations/{}/monitoring"),
    *("post /stations/{}/monitors", "post /stations/{}/monitors/clear", "get /stations/{}/events"),
    *("get /stations/{}/alerts", "get /station-models", "put /station-models"),
    *("post /stations/{}/probe", "get /stations/{}/probe"),
    *("get /stations/{}/security", "put /stations/{}/security", "post /stations/{}/password"),
    *("post /stations/{}/security-profile", "get /stations/{}/security-events", "get /certificates"),
    *("get /stations/{}/certificates", "post /stations/{}/certificates"),
    *("post /stations/{}/certificates/refresh", "delete /stations/{}/certificates/{}"),
    *("get /stations/{}/certificates/own", "post /stations/{}/certificates/own"),
    *("get /transactions/{}/events", "post /transactions/{}/close", "get /transactions/{}/cost"),
    *("get /transactions/{}/status", "post /transactions/{}/status"),
    *("get /reservations", "post /reservations", "get /reservations/{}", "delete /reservations/{}"),
    *("get /local-lists", "get /stations/{}/local-list", "put /stations/{}/local-list"),
    *("delete /stations/{}/local-list", "post /stations/{}/local-list/synchronise"),
    *("post /stations/{}/local-list/version", "get /tariffs", "get /tariffs/uses", "put /tariffs/uses"),
    *("get /tariffs/{}", "put /tariffs/{}", "delete /tariffs/{}"),
    *("get /stations/{}/display-messages", "post /stations/{}/display-messages"),
    *("put /stations/{}/display-messages/{}", "delete /stations/{}/display-messages/{}"),
    *("post /stations/{}/display-messages/refresh", "post /stations/{}/customer-information"),
    "get /stations/{}/customer-information/{}",
    *(
        "get /firmware",
        "post /firmware",
        "get /firmware/{}",
        "delete /firmware/{}",
        "post /firmware/{}/rollouts",
    ),
    *("get /firmware-rollouts/{}", "post /stations/{}/firmware-updates", "get /stations/{}/firmware-updates"),
    *("get /stations/{}/firmware-updates/{}", "post /stations/{}/firmware-publications"),
    *("get /stations/{}/firmware-publications", "delete /stations/{}/firmware-publications/{}"),
    *("post /stations/{}/logs", "get /stations/{}/logs", "get /stations/{}/logs/{}"),
    *("get /files", "post /files", "get /files/{}", "delete /files/{}", "get /files/{}/content"),
    *("get /quirks", "get /stations/{}/compatibility", "get /stations/{}/compatibility.md"),
    *("delete /stations/{}/compatibility", "put /stations/{}/reading"),
    *("post /commands/{}", "get /batches/{}", "get /stations/{}/messages", "get /stations/{}/limits"),
    *("post /plans", "get /events", "get /openapi.json"),
    *("get /stations/{}/dynamic-profiles", "post /stations/{}/dynamic-profiles"),
    *("put /stations/{}/dynamic-profiles/{}", "delete /stations/{}/dynamic-profiles/{}"),
    *("post /transactions/{}/priority-charging", "get /stations/{}/priority-charging"),
    *("post /transactions/{}/energy-transfer", "get /stations/{}/energy-transfer"),
    *("post /stations/{}/frequency-signals", "get /stations/{}/frequency-signals"),
    *("get /stations/{}/der-controls", "post /stations/{}/der-controls", "delete /stations/{}/der-controls"),
    *("post /stations/{}/der-controls/refresh", "get /stations/{}/der-events"),
    *("get /stations/{}/event-streams", "get /stations/{}/event-streams/{}"),
    *("put /stations/{}/event-streams/{}", "post /stations/{}/event-streams/refresh"),
    *("get /stations/{}/battery-swaps", "post /stations/{}/battery-swaps"),
    *("get /stations/{}/settlements", "get /stations/{}/vat-checks", "put /companies/{}"),
    *("delete /companies/{}", "get /stations/{}/web-payments", "post /stations/{}/web-payments"),
    *("get /stations/{}/tariffs", "put /stations/{}/tariffs", "post /stations/{}/tariffs/refresh"),
    *("post /stations/{}/tariffs/clear", "put /transactions/{}/tariff"),
]


def test_every_promised_route_is_there(document):
    shown = {
        f"{method} {re.sub(r'{.*?}', '{}', path.removeprefix('/api/v1'))}"
        for path, item in document["paths"].items()
        for method in item
    }
    assert set(PROMISED) <= shown
    assert shown - set(PROMISED) == {"get /health/live", "get /health/ready", "get /metrics"}


async def test_answers_keep_what_the_document_says(api, document):
    await api.station()
    await api.ok("POST", "/tokens", json={"token": "ABC"})
    await api.ok("POST", "/sites", json=SITE)
    await api.ok("POST", "/stations/CS1/commands/Reset", json={"type": "Soft"})
    await api.until(lambda: api.services.sites.get("depot").plan is not None)
    looked = 0
    for path, item in document["paths"].items():
        if "get" not in item or path in {"/api/v1/events", "/metrics"} or path.endswith(".md"):
            continue
        place = path
        for name, value in NAMES.items():
            place = place.replace(f"{{{name}}}", value)
        response = await api.http.get(place)
        told = item["get"]["responses"]
        if response.status_code != 200:
            schema = {"$ref": "#/components/schemas/Problem"}
        else:
            schema = told["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        errors = list(jsonschema_rs.iter_errors(whole, response.json(), draft=jsonschema_rs.Draft202012))
        assert [str(error)[:500] for error in errors] == [], place
        looked += 1
    assert looked >= 20


NAMES = {"site_id": "depot", "station_id": "CS1", "number": "1", "id_token": "ABC", "transaction_id": "1"}


def test_bodies_say_that_they_take_nothing_unknown(document):
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]
        for item in document["paths"].values()
        for operation in item.values()
        if "requestBody" in operation
    ]
    strict = [
        resolved(document, body["$ref"])["additionalProperties"] is False for body in bodies if "$ref" in body
    ]
    assert strict.count(True) == len(strict) >= 9


async def test_a_secured_api_says_which_routes_need_the_token(secured):
    headers = {"authorization": "Bearer a token for tests"}
    document = (await secured.http.get("/api/v1/openapi.json", headers=headers)).json()
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    for path, item in document["paths"].items():
        for operation in item.values():
            assert operation["security"] == ([{"token": []}] if path.startswith("/api/v1") else [])
