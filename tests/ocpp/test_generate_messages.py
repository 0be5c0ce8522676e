"""The generator of messages: its files are fresh, it tells when they are not, and it stops at what it does not know."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools/generate_messages.py"


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("generate_messages", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "generate_messages", module)
    spec.loader.exec_module(module)
    return module


def test_the_generated_files_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_check_tells_of_a_stale_file_and_leaves_it_and_writing_renews_it(
    generator: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    for version in generator.VERSIONS:
        path = tmp_path / "src/chargewright/ocpp" / version / "messages.py"
        path.parent.mkdir(parents=True)
        path.write_text(generator.generate(version))
    stale = tmp_path / "src/chargewright/ocpp/v201/messages.py"
    right = stale.read_text()
    stale.write_text(right.replace("class BootNotificationRequest", "class BootNotificationRequests"))
    wrong = stale.read_text()
    monkeypatch.setattr(sys, "argv", ["generate_messages.py", "--check"])
    assert generator.main() == 1
    assert stale.read_text() == wrong
    assert "v201/messages.py is stale" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["generate_messages.py"])
    assert generator.main() == 0
    assert stale.read_text() == right
    monkeypatch.setattr(sys, "argv", ["generate_messages.py", "--check"])
    assert generator.main() == 0


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("chargingProfileId", "charging_profile_id"),
        ("limit_L2", "limit_l2"),
        ("evMaxV2XEnergyRequest", "ev_max_v2x_energy_request"),
        ("initialSoC", "initial_soc"),
        ("soC", "soc"),
        ("iso15118CertificateHashData", "iso15118_certificate_hash_data"),
        ("ocppCsmsUrl", "ocpp_csms_url"),
        ("evseId", "evse_id"),
        ("t", "t"),
        ("import", "import_"),
    ],
)
def test_names(generator: Any, wire: str, python: str) -> None:
    assert generator.python_name(wire) == python


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "x"},
        {"type": "string", "minLength": 1},
        {"type": "integer", "exclusiveMinimum": 0},
        {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
        {"type": "string", "format": "email"},
        {"oneOf": [{"type": "string"}]},
    ],
)
def test_a_keyword_that_it_does_not_understand_stops_it(generator: Any, schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not understand"):
        generator.Module("v16").type_of(schema, "field", "Home")


def test_an_open_object_or_a_required_name_without_a_property_stops_it(generator: Any) -> None:
    for schema in (
        {"type": "object", "properties": {}},
        {"type": "object", "additionalProperties": False, "required": ["x"]},
    ):
        with pytest.raises(ValueError, match="does not understand"):
            generator.Module("v16").fields(schema, "Home")


def test_no_description_of_a_schema_is_copied() -> None:
    import json
    from importlib.resources import files

    for version in ("v16", "v201", "v21"):
        text = (ROOT / "src/chargewright/ocpp" / version / "messages.py").read_text()
        for file in files("ocpp").joinpath(version, "schemas").iterdir():
            for told in _descriptions(json.loads(file.read_text(encoding="utf-8-sig"))):
                assert len(told) < 25 or told not in text


def _descriptions(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["description"]] if isinstance(value.get("description"), str) else []
        return own + [found for part in value.values() for found in _descriptions(part)]
    return [found for part in value for found in _descriptions(part)] if isinstance(value, list) else []
