"""The registry of quirks: files, patterns, what an operator adds."""

import pytest
from tests.conformance.harness import running_csms
from tests.quirks.stories import boot, compatibility

from chargewright.adapters.quirks.files import read_quirks
from chargewright.app.config import StationsConfig
from chargewright.csms.quirks import Quirks
from chargewright.errors import InvalidInput

OWN = """
[[quirk]]
id = "acme-no-zero"
title = "A limit of 0 A is refused"
vendor = "Acme*"
model = "One*|Two*"
firmware = "1.*"
sources = ["ticket 4711"]
switches = { bounds = true }
hints = ["rejects_zero"]
"""


def test_what_comes_with_the_package_names_its_sources():
    quirks = read_quirks(None)
    assert len(quirks) >= 12
    for quirk in quirks:
        assert quirk.sources, quirk.id
        assert all("#" in source for source in quirk.sources), quirk.id
        assert quirk.vendor != "*", quirk.id
        assert quirk.switches or quirk.hints, quirk.id


def test_patterns(tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    quirks = Quirks(read_quirks(tmp_path))
    for vendor, model, firmware, fits in [
        ("Acme", "One", "1.0", True), ("ACME Inc.", "two-b", "1.", True), ("Acme", "Three", "1.0", False),
        ("Acme", "One", "2.0", False), ("Bcme", "One", "1.0", False), ("", "", "", False),
    ]:  # fmt: skip
        found = [q for q in quirks.of(vendor, model, firmware) if q.id.startswith("acme")]
        assert bool(found) is fits, (vendor, model, firmware)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[[quirk]", "own.toml"), ('[[quirk]]\nid = "a"', "own.toml"),
        (OWN.replace("bounds", "coffee"), "coffee"), (OWN.replace("rejects_zero", "coffee"), "coffee"),
        (OWN.replace("bounds = true", "celsius = false"), "celsius"), (OWN + "colour = 1", "colour"),
    ],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_refused_with_its_name(tmp_path, text, where):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(InvalidInput) as refused:
        read_quirks(tmp_path)
    assert where in f"{refused.value} {refused.value.where}"


async def test_an_operators_own_file(tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    async with (
        running_csms(StationsConfig(port=0, quirks_folder=str(tmp_path))) as csms,
        csms.station() as station,
    ):
        known = {quirk["id"]: quirk for quirk in await csms.ok("GET", "/quirks")}
        assert known["acme-no-zero"]["origin"] == "own.toml"
        assert known["acme-no-zero"]["sources"] == ["ticket 4711"]
        view = await compatibility(csms, station)
        assert [quirk["id"] for quirk in view["quirks"]] == ["acme-no-zero"]
        assert view["hints"] == ["rejects_zero"]
        (switch,) = [s for s in view["switches"] if s["name"] == "bounds"]
        assert (switch["on"], switch["set_by"]) == (True, "model")
        await station.call("Authorize", {"idTag": "x" * 30}, judged=False)
        await station.call("BootNotification", boot("Other"))
        assert (await compatibility(csms, station))["quirks"] == []
