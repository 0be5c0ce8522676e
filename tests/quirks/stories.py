"""What the tests about clusters share: frames of 1.6 as real stations send them."""

from tests.conformance.harness import now


def boot(vendor="Acme", model="One", firmware="1.0", **more):
    return {"chargePointVendor": vendor, "chargePointModel": model, "firmwareVersion": firmware, **more}


def start(token, *, meter=100, at=None, connector=1):
    return {"connectorId": connector, "idTag": token, "meterStart": meter, "timestamp": at or now()}


def stop(number, *, meter=5100, at=None, **more):
    return {"transactionId": number, "meterStop": meter, "timestamp": at or now(), **more}


def meter(value="5", *, number=None, at=None, connector=1, **more):
    sampled = {"value": value, **more}
    payload = {
        "connectorId": connector,
        "meterValue": [{"timestamp": at or now(), "sampledValue": [sampled]}],
    }
    return payload if number is None else {**payload, "transactionId": number}


async def transactions(csms, station):
    return (await csms.ok("GET", f"/transactions?station={station.id}"))["items"]


async def compatibility(csms, station):
    return await csms.ok("GET", f"/stations/{station.id}/compatibility")


async def borne(csms, station):
    """The switches that bore something of the station."""
    view = await compatibility(csms, station)
    return {seen["borne_by"] for seen in view["deviations"]} - {""}


async def tolerate(csms, station, *switches, **more):
    body = {"switches": dict.fromkeys(switches, True), **more}
    return await csms.ok("PUT", f"/stations/{station.id}/reading", json=body)
