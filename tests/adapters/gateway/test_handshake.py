import base64

import pytest
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.headers import parse_extension

from chargewright.adapters.gateway.handshake import (
    BadPath,
    basic_credentials,
    choose_version,
    negotiate_deflate,
    station_id_of_path,
)
from chargewright.ocpp.catalog import Version


@pytest.mark.parametrize(
    ("path", "station_id"),
    [
        (b"/ocpp/CP1", "CP1"),
        (b"/ocpp/CP%201", "CP 1"),
        (b"/ocpp/%252F", "%2F"),  # decoded once, not twice
        (b"/ocpp/Stra%C3%9Fe", "Straße"),
        (b"/ocpp/CP1?token=x", "CP1"),
        (b"/ocpp/RDAM%7C123", "RDAM|123"),
        (b"/ocpp/" + b"x" * 255, "x" * 255),
    ],
)
def test_station_id_is_decoded_once(path, station_id):
    assert station_id_of_path(path, "/ocpp") == station_id


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/", 404),
        (b"/other/CP1", 404),
        (b"/ocpp", 404),
        (b"/ocpp/", 404),
        (b"/ocpp/a/b", 404),
        (b"/ocpp/a%2Fb", 400),
        (b"/ocpp/a%00", 400),
        (b"/ocpp/a%0Ab", 400),
        (b"/ocpp/a%7F", 400),
        (b"/ocpp/a%zz", 400),
        (b"/ocpp/a%4", 400),
        (b"/ocpp/a%FF", 400),
        (b"/ocpp/a%E2%80%A8b", 400),
        (b"/ocpp/" + b"x" * 256, 400),
    ],
)
def test_bad_paths_are_refused(path, status):
    with pytest.raises(BadPath) as refused:
        station_id_of_path(path, "/ocpp")
    assert refused.value.status == status


def test_prefix_may_end_with_a_slash():
    assert station_id_of_path(b"/CP1", "/") == "CP1"
    assert station_id_of_path(b"/ocpp/CP1", "/ocpp/") == "CP1"


@pytest.mark.parametrize(
    "password", [b"secret", b"with:colon:s", b"", b"\xff\xfe\x00\x80", bytes(range(256))]
)
def test_basic_credentials_keep_every_byte_of_the_password(password):
    header = "Basic " + base64.b64encode(b"CP1:" + password).decode()
    assert basic_credentials(header) == ("CP1", password)
    assert basic_credentials(header.replace("Basic", "bAsIc")) == ("CP1", password)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Bearer abc",
        "Basic !!!",
        "Basic Q1Ax",
        "Basic " + base64.b64encode(b"\xff:x").decode(),
        "Basic \udcff",
    ],
)
def test_unreadable_credentials_are_none(header):
    assert basic_credentials(header) is None


def test_the_stations_preference_decides():
    assert choose_version(["ocpp2.0.1", "ocpp1.6"]) is Version.OCPP201
    assert choose_version(["ocpp1.6", "ocpp2.1"]) is Version.OCPP16
    assert choose_version(["ocpp1.5", "ocpp2.1"]) is Version.OCPP21
    assert choose_version(["ocpp1.5", "OCPP1.6"]) is None
    assert choose_version([]) is None


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=10; server_max_window_bits=12",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        'permessage-deflate; server_max_window_bits="11"',
        "x-other, permessage-deflate",
        "permessage-deflate; server_max_window_bits=8, permessage-deflate",
    ],
)
def test_deflate_is_agreed_without_kept_contexts(offer):
    agreed = negotiate_deflate([offer])
    assert agreed is not None
    assert "server_no_context_takeover" in agreed.response
    assert "client_no_context_takeover" in agreed.response


@pytest.mark.parametrize(
    "parameters",
    ["unknown=1", "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
     "client_max_window_bits=99", "server_no_context_takeover=1",
     "server_no_context_takeover; server_no_context_takeover"],
)  # fmt: skip
def test_ill_formed_deflate_offers_are_declined_as_websockets_does(parameters):
    offer = f"permessage-deflate; {parameters}"
    assert negotiate_deflate([offer]) is None
    ((_, parsed),) = parse_extension(offer)
    with pytest.raises(Exception, match=r".*"):
        ServerPerMessageDeflateFactory().process_request_params(parsed, [])


def test_an_asked_window_is_kept():
    agreed = negotiate_deflate(["permessage-deflate; server_max_window_bits=10"])
    assert agreed is not None
    assert agreed.window_bits == 10
    assert "server_max_window_bits=10" in agreed.response
