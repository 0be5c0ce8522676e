"""Documents in the form that the Transparency Platform publishes (A44, 12.1.D)."""

from datetime import UTC, datetime, timedelta

import pytest

from chargewright.adapters.market.entsoe import AREAS, Entsoe
from chargewright.domain.market import MarketUnavailable
from chargewright.errors import InvalidInput

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 3, 23, tzinfo=UTC)

NOTHING = """<?xml version="1.0" encoding="utf-8"?>
<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0">
  <mRID>b1</mRID>
  <createdDateTime>2026-03-04T08:14:35Z</createdDateTime>
  <Reason>
    <code>999</code>
    <text>No matching data found for Data item ENERGY_PRICES [12.1.D] (10Y1001A1001A82H, 10Y1001A1001A82H)</text>
  </Reason>
</Acknowledgement_MarketDocument>"""


def period(points, *, start=MIDNIGHT, hours=24, resolution="PT60M"):
    inner = "".join(
        f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>"
        for position, price in points
    )
    return (
        f"<Period><timeInterval><start>{start:%Y-%m-%dT%H:%MZ}</start>"
        f"<end>{start + hours * HOUR:%Y-%m-%dT%H:%MZ}</end></timeInterval>"
        f"<resolution>{resolution}</resolution>{inner}</Period>"
    )


def series(periods, *, curve="A03", sequence=1, currency="EUR", unit="MWH"):
    position = (
        ""
        if sequence is None
        else (
            "<classificationSequence_AttributeInstanceComponent.position>"
            f"{sequence}</classificationSequence_AttributeInstanceComponent.position>"
        )
    )
    return (
        "<TimeSeries><mRID>1</mRID><auction.type>A01</auction.type><businessType>A62</businessType>"
        '<in_Domain.mRID codingScheme="A01">10Y1001A1001A82H</in_Domain.mRID>'
        '<out_Domain.mRID codingScheme="A01">10Y1001A1001A82H</out_Domain.mRID>'
        f"<contract_MarketAgreement.type>A01</contract_MarketAgreement.type>"
        f"<currency_Unit.name>{currency}</currency_Unit.name>"
        f"<price_Measure_Unit.name>{unit}</price_Measure_Unit.name>{position}"
        f"<curveType>{curve}</curveType>{''.join(periods)}</TimeSeries>"
    )


def document(*all_series, edition="7:3"):
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<Publication_MarketDocument '
        f'xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:{edition}">'
        "<mRID>67528d12</mRID><revisionNumber>1</revisionNumber><type>A44</type>"
        f"{''.join(all_series)}</Publication_MarketDocument>"
    )


def every(count, price=lambda n: float(n)):
    return [(n, price(n)) for n in range(1, count + 1)]


async def fetch(public_api, *all_series, area="DE-LU", hours=24, **more):
    public_api.say(document(*all_series, **more))
    return await Entsoe("secret", url=public_api.url).fetch(area, MIDNIGHT, MIDNIGHT + hours * HOUR)


async def test_hours_of_a_day(public_api):
    found = await fetch(public_api, series([period(every(24, lambda n: -n / 2))]), edition="7:0")
    assert [(p.start, p.end) for p in found.points] == [
        (MIDNIGHT + n * HOUR, MIDNIGHT + (n + 1) * HOUR) for n in range(24)
    ]
    assert [p.value for p in found.points] == pytest.approx([-n / 2000 for n in range(1, 25)])
    assert found.unit == "EUR/kWh"
    (asked,) = public_api.asked
    assert asked.path == "/api"
    assert asked.query == {
        "securityToken": "secret",
        "documentType": "A44",
        "in_Domain": "10Y1001A1001A82H",
        "out_Domain": "10Y1001A1001A82H",
        "periodStart": "202603032300",
        "periodEnd": "202603042300",
    }


async def test_quarters_of_which_those_that_repeat_are_left_out(public_api):
    points = [(1, 80.0), (5, 70.5), (6, 70.0), (96, -1.0)]
    found = await fetch(public_api, series([period(points, resolution="PT15M")]))
    prices = [p.value * 1000 for p in found.points]
    assert prices == pytest.approx([80.0] * 4 + [70.5] + [70.0] * 90 + [-1.0])
    assert found.gaps(MIDNIGHT, MIDNIGHT + 24 * HOUR) == ()


async def test_what_is_left_out_of_a_curve_of_fixed_blocks_is_a_gap(public_api):
    points = [point for point in every(24) if point[0] != 7]
    found = await fetch(public_api, series([period(points)], curve="A01"))
    assert found.gaps(MIDNIGHT, MIDNIGHT + 24 * HOUR) == ((MIDNIGHT + 6 * HOUR, MIDNIGHT + 7 * HOUR),)


@pytest.mark.parametrize("order", [1, -1])
async def test_the_coupled_auction_goes_before_the_local_one(public_api, order):
    both = [
        series([period(every(96, lambda _: 50.0), resolution="PT15M")], sequence=1),
        series([period(every(96, lambda _: 99.0), resolution="PT15M")], sequence=2),
    ]
    found = await fetch(public_api, *both[::order])
    assert {p.value for p in found.points} == {0.05}


async def test_the_local_auction_stands_in_for_what_the_coupled_one_has_not_said(public_api):
    found = await fetch(
        public_api,
        series([period(every(24, lambda _: 50.0))], sequence=1),
        series([period(every(48, lambda _: 99.0), hours=48)], sequence=2),
        hours=48,
    )
    assert [p.value for p in found.points] == [0.05] * 24 + [0.099] * 24


async def test_of_two_resolutions_the_finer_one_counts(public_api):
    found = await fetch(
        public_api,
        series([period(every(24, lambda _: 60.0))], sequence=None),
        series([period(every(96), resolution="PT15M")], sequence=None),
    )
    assert len(found.points) == 96


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [(datetime(2026, 3, 28, 23, tzinfo=UTC), 23), (datetime(2026, 10, 24, 22, tzinfo=UTC), 25)],
)
async def test_days_on_which_clocks_change(public_api, midnight, hours):
    public_api.say(
        document(series([period(every(hours * 4), start=midnight, hours=hours, resolution="PT15M")]))
    )
    found = await Entsoe("secret", url=public_api.url).fetch("AT", midnight, midnight + hours * HOUR)
    assert len(found.points) == hours * 4
    assert found.gaps(midnight, midnight + hours * HOUR) == ()


async def test_other_currencies_and_zones_by_their_code(public_api):
    found = await fetch(public_api, series([period(every(24))], currency="RON"), area="10YRO-TEL------P")
    assert found.unit == "RON/kWh"
    assert public_api.asked[0].query["in_Domain"] == "10YRO-TEL------P"


async def test_more_than_a_year_is_asked_for_in_parts(public_api):
    def answer(asked):
        start = datetime.strptime(asked.query["periodStart"], "%Y%m%d%H%M").replace(tzinfo=UTC)
        return type(first)(document(series([period(every(24), start=start)])).encode())

    public_api.say("")
    first = public_api.respond(None)
    public_api.respond = answer
    found = await Entsoe("secret", url=public_api.url).fetch("FR", MIDNIGHT, MIDNIGHT + timedelta(days=400))
    assert len(found.points) == 48
    assert [asked.query["periodStart"] for asked in public_api.asked] == ["202603032300", "202703032300"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NOTHING, r"entsoe: No matching data found for Data item ENERGY_PRICES \[12.1.D\]"),
        ("<html>", "the answer is not XML"),
        ("<GL_MarketDocument/>", "the answer is a GL_MarketDocument"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares a document type"),
        ("\ufeff<a/>".encode("utf-16"), "the answer is not XML"),
        (document(), "says nothing about DE-LU"),
        (document(series([period(every(24))], unit="KWH")), "prices per KWH"),
        (document(series([period(every(24), resolution="P1D")])), "resolution 'P1D'"),
        (document(series([period([(25, 1.0)])])), "a position beyond the 24 of its period"),
        (document(series([period([(1, "NaN")])])), "nan is no number"),
        (document(series([period([("one", 1.0)])])), "invalid literal for int"),
        (document(series(["<Period/>"])), "not as expected"),
        (
            document(series([period(every(24))]), series([period(every(24))], currency="PLN")),
            "several currencies: EUR, PLN",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "<" not in value else "",
)
async def test_what_is_wrong_is_said(public_api, body, said):
    public_api.say(body)
    with pytest.raises(MarketUnavailable, match=said):
        await Entsoe("secret", url=public_api.url).fetch("DE-LU", MIDNIGHT, MIDNIGHT + 24 * HOUR)


async def test_a_refused_token_is_not_repeated(public_api):
    public_api.say("<Reason><text>Authentication failed</text></Reason>", status=401)
    with pytest.raises(MarketUnavailable, match=r"HTTP 401.*Authentication failed") as caught:
        await Entsoe("secret-token", url=public_api.url).fetch("DE-LU", MIDNIGHT, MIDNIGHT + HOUR)
    assert "secret-token" not in str(caught.value)


async def test_without_a_token_nobody_is_asked(public_api):
    with pytest.raises(InvalidInput, match=r"market\.entsoe_token"):
        await Entsoe(None, url=public_api.url).fetch("DE-LU", MIDNIGHT, MIDNIGHT + HOUR)
    with pytest.raises(InvalidInput, match="neither an EIC nor one of AT"):
        await Entsoe("x", url=public_api.url).fetch("Germany", MIDNIGHT, MIDNIGHT + HOUR)
    assert public_api.asked == []


def check_character(code: str) -> str:
    """The sixteenth character of an EIC, as the coding scheme reckons it."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
    total = sum(letters.index(c) * (16 - n) for n, c in enumerate(code[:15]))
    return letters[36 - (total - 1) % 37]


@pytest.mark.parametrize(("name", "code"), AREAS.items())
def test_codes_of_zones_bear_their_check_character(name, code):
    assert code[15] == check_character(code), name
