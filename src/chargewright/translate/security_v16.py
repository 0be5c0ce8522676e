"""OCPP 1.6 <-> domain: the security extension (Improved security for OCPP 1.6-J)."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from chargewright.clock import as_utc
from chargewright.domain import requests, security
from chargewright.errors import InvalidInput, UnsupportedByVersion
from chargewright.ocpp.v16 import messages as v16

__all__ = ["ANSWERS", "COMMANDS", "OUTCOMES", "REQUESTS"]

_KEY_HEX_MIN, _KEY_HEX_MAX = 32, 40
"""AuthorizationKey: 16 to 20 bytes, written as hexadecimal digits."""

_USES: Final[dict[str, Any]] = {
    "CSMSRootCertificate": "CentralSystemRootCertificate",
    "ManufacturerRootCertificate": "ManufacturerRootCertificate",
}


# --- what a station tells or asks ---------------------------------------------------------------------------


def _event(wire: v16.SecurityEventNotificationRequest) -> security.SecurityEventReported:
    return security.SecurityEventReported(wire.type, as_utc(wire.timestamp), wire.tech_info or "")


def _asked(wire: v16.SignCertificateRequest) -> security.CertificateAsked:
    return security.CertificateAsked(wire.csr, "ChargingStationCertificate")


REQUESTS: Final[Mapping[str, Callable[[Any], requests.Request]]] = {
    "SecurityEventNotification": _event,
    "SignCertificate": _asked,
}


def _asked_answer(_request: Any, answer: security.CertificateAskedAnswer) -> v16.SignCertificateResponse:
    return v16.SignCertificateResponse(status="Accepted" if answer.accepted else "Rejected")


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {security.CertificateAskedAnswer: _asked_answer}


# --- our orders -------------------------------------------------------------------------------------------


def _password(order: security.SetPassword) -> tuple[str, Any]:
    try:
        whole = len(bytes.fromhex(order.password)) * 2 == len(order.password)
    except ValueError:
        whole = False
    if not whole or not _KEY_HEX_MIN <= len(order.password) <= _KEY_HEX_MAX:
        raise InvalidInput(
            "a password for an OCPP 1.6 station is 32 to 40 hexadecimal digits", where="password"
        )
    return _change("AuthorizationKey", order.password)


def _profile(order: security.RaiseProfile) -> tuple[str, Any]:
    return _change("SecurityProfile", str(order.profile))


def _change(key: str, value: str) -> tuple[str, Any]:
    return "ChangeConfiguration", v16.ChangeConfigurationRequest(key=key, value=value)


def _restart(_order: security.Restart) -> tuple[str, Any]:
    return "Reset", v16.ResetRequest(type="Soft")


def _signing(order: security.RequestSigning) -> tuple[str, Any]:
    if order.use != "ChargingStationCertificate":
        raise _unknown("ExtendedTriggerMessage", f"it knows no {order.use}")
    return "ExtendedTriggerMessage", v16.ExtendedTriggerMessageRequest(
        requested_message="SignChargePointCertificate"
    )


def _deliver(order: security.DeliverCertificate) -> tuple[str, Any]:
    return "CertificateSigned", v16.CertificateSignedRequest(certificate_chain=order.chain)


def _install(order: security.InstallCertificate) -> tuple[str, Any]:
    return "InstallCertificate", v16.InstallCertificateRequest(
        certificate_type=_use(order.use), certificate=order.certificate
    )


def _list(order: security.ListCertificates) -> tuple[str, Any]:
    if len(order.uses) != 1:
        raise _unknown("GetInstalledCertificateIds", "it lists one use at a time")
    return "GetInstalledCertificateIds", v16.GetInstalledCertificateIdsRequest(
        certificate_type=_use(order.uses[0])
    )


def _delete(order: security.DeleteCertificate) -> tuple[str, Any]:
    named = order.certificate
    return "DeleteCertificate", v16.DeleteCertificateRequest(
        certificate_hash_data=v16.CertificateHashData(
            hash_algorithm=cast("v16.HashAlgorithmEnum", named.algorithm),
            issuer_name_hash=named.issuer_name_hash,
            issuer_key_hash=named.issuer_key_hash,
            serial_number=named.serial_number,
        )
    )


def _use(use: security.CertificateUse) -> v16.CertificateUseEnum:
    if use not in _USES:
        raise _unknown("a certificate", f"it knows no {use}")
    return cast("v16.CertificateUseEnum", _USES[use])


def _unknown(order: str, why: str) -> UnsupportedByVersion:
    return UnsupportedByVersion(order, version="ocpp1.6", why=why)


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    security.DeleteCertificate: _delete,
    security.DeliverCertificate: _deliver,
    security.InstallCertificate: _install,
    security.ListCertificates: _list,
    security.RaiseProfile: _profile,
    security.RequestSigning: _signing,
    security.Restart: _restart,
    security.SetPassword: _password,
}


# --- how they ended -----------------------------------------------------------------------------------------


def _replied(_order: Any, wire: Any) -> security.Replied:
    return security.Replied(wire.status)


def _listed(
    order: security.ListCertificates, wire: v16.GetInstalledCertificateIdsResponse
) -> security.CertificatesListed:
    return security.CertificatesListed(
        tuple(
            security.HeldCertificate(
                order.uses[0],
                security.CertificateHash(
                    named.hash_algorithm, named.issuer_name_hash, named.issuer_key_hash, named.serial_number
                ),
            )
            for named in wire.certificate_hash_data or ()
        )
    )


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], security.SecurityResult]]] = {
    **dict.fromkeys(COMMANDS, _replied),
    security.ListCertificates: _listed,
}
