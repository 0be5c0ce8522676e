"""OCPP 2.x <-> domain: security and certificates (blocks A and M), written against 2.1's types."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from chargewright.clock import as_utc
from chargewright.domain import requests, security
from chargewright.errors import UnsupportedByVersion
from chargewright.ocpp.v21 import messages as v21

__all__ = ["ANSWERS", "COMMANDS", "OUTCOMES", "REQUESTS", "REQUESTS_21", "hash_of", "question_of"]

_TRIGGERS: Final[dict[security.SigningUse, v21.MessageTriggerEnum]] = {
    "ChargingStationCertificate": "SignChargingStationCertificate",
    "V2GCertificate": "SignV2GCertificate",
    "V2G20Certificate": "SignV2G20Certificate",
    "Combined": "SignCombinedCertificate",
}


# --- what a station tells or asks ---------------------------------------------------------------------------


def hash_of(wire: Any) -> security.CertificateHash:
    """CertificateHashData, or the same part of OCSPRequestData."""
    return security.CertificateHash(
        wire.hash_algorithm, wire.issuer_name_hash, wire.issuer_key_hash, wire.serial_number
    )


def question_of(wire: Any) -> security.OcspQuestion:
    """OCSPRequestData."""
    return security.OcspQuestion(hash_of(wire), (wire.responder_url,))


def _event(wire: Any) -> security.SecurityEventReported:
    return security.SecurityEventReported(wire.type, as_utc(wire.timestamp), wire.tech_info or "")


def _asked(wire: Any) -> security.CertificateAsked:
    # requestId is new in 2.1
    return security.CertificateAsked(
        wire.csr, wire.certificate_type or "Combined", getattr(wire, "request_id", None)
    )


def _ev_certificate(wire: Any) -> security.EvCertificateAsked:
    return security.EvCertificateAsked(
        install=wire.action == "Install",
        schema_version=wire.iso15118_schema_version,
        exi_request=wire.exi_request,
        # both new in 2.1
        chains_max=getattr(wire, "maximum_contract_certificate_chains", None),
        prioritized=tuple(getattr(wire, "prioritized_emai_ds", None) or ()),
    )


def _status(wire: Any) -> security.OcspAsked:
    return security.OcspAsked(question_of(wire.ocsp_request_data))


def _chain_status(wire: v21.GetCertificateChainStatusRequest) -> security.ChainStatusAsked:
    return security.ChainStatusAsked(
        tuple(
            (one.source, security.OcspQuestion(hash_of(one.certificate_hash_data), tuple(one.urls)))
            for one in wire.certificate_status_requests
        )
    )


REQUESTS: Final[Mapping[str, Callable[[Any], requests.Request]]] = {
    "Get15118EVCertificate": _ev_certificate,
    "GetCertificateStatus": _status,
    "SecurityEventNotification": _event,
    "SignCertificate": _asked,
}
REQUESTS_21: Final[Mapping[str, Callable[[Any], requests.Request]]] = {
    "GetCertificateChainStatus": _chain_status
}


def _info(reason: str) -> v21.StatusInfo | None:
    """A reason code of 20 characters and the sentence."""
    return v21.StatusInfo(reason_code="Refused", additional_info=reason[:512]) if reason else None


def _asked_answer(_request: Any, answer: security.CertificateAskedAnswer) -> v21.SignCertificateResponse:
    return v21.SignCertificateResponse(
        status="Accepted" if answer.accepted else "Rejected", status_info=_info(answer.reason)
    )


def _ev_answer(
    request: security.EvCertificateAsked, answer: security.EvCertificateAnswer
) -> v21.Get15118EVCertificateResponse:
    # Only 2.1 asks for several chains, and only then is the number of the others wanted.
    return v21.Get15118EVCertificateResponse(
        status="Accepted" if answer.accepted else "Failed",
        exi_response=answer.exi_response,
        status_info=_info(answer.reason),
        remaining_contracts=None if request.chains_max is None else answer.remaining,
    )


def _ocsp_answer(_request: Any, answer: security.OcspAnswer) -> v21.GetCertificateStatusResponse:
    return v21.GetCertificateStatusResponse(
        status="Failed" if answer.response is None else "Accepted",
        ocsp_result=answer.response,
        status_info=_info(answer.reason),
    )


def _chain_answer(_request: Any, answer: security.ChainStatusAnswer) -> v21.GetCertificateChainStatusResponse:
    return v21.GetCertificateChainStatusResponse(
        certificate_status=[
            v21.CertificateStatus(
                certificate_hash_data=_hash_data(one.certificate),
                source=one.source,
                status=one.status,
                next_update=one.next_update,
            )
            for one in answer.statuses
        ]
    )


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    security.CertificateAskedAnswer: _asked_answer,
    security.ChainStatusAnswer: _chain_answer,
    security.EvCertificateAnswer: _ev_answer,
    security.OcspAnswer: _ocsp_answer,
}


# --- our orders -------------------------------------------------------------------------------------------


def _set(component: str, variable: str, value: str) -> tuple[str, Any]:
    return "SetVariables", v21.SetVariablesRequest(
        set_variable_data=[
            v21.SetVariableData(
                component=v21.Component(name=component),
                variable=v21.Variable(name=variable),
                attribute_value=value,
            )
        ]
    )


def _password(order: security.SetPassword) -> tuple[str, Any]:
    return _set("SecurityCtrlr", "BasicAuthPassword", order.password)


def _prefer(order: security.PreferNetworkProfile) -> tuple[str, Any]:
    return _set("OCPPCommCtrlr", "NetworkConfigurationPriority", ",".join(map(str, order.slots)))


def _raise(_order: security.RaiseProfile) -> tuple[str, Any]:
    # SecurityCtrlr.SecurityProfile is read-only in 2.x: what raises it is a network profile (A05).
    raise UnsupportedByVersion(
        "the security profile", version="ocpp2.x", why="a network profile says it there"
    )


def _network_profile(order: security.WriteNetworkProfile) -> tuple[str, Any]:
    return "SetNetworkProfile", v21.SetNetworkProfileRequest(
        configuration_slot=order.slot,
        connection_data=v21.NetworkConnectionProfile(
            ocpp_csms_url=order.url,
            ocpp_interface=cast("v21.OCPPInterfaceEnum", order.interface),
            ocpp_transport="JSON",
            ocpp_version="OCPP20",  # required in 2.0.1, which has no word for itself; 2.1 says to ignore it
            message_timeout=order.message_timeout_s,
            security_profile=order.security_profile,
        ),
    )


def _restart(_order: security.Restart) -> tuple[str, Any]:
    return "Reset", v21.ResetRequest(type="OnIdle")


def _signing(order: security.RequestSigning) -> tuple[str, Any]:
    return "TriggerMessage", v21.TriggerMessageRequest(
        requested_message=_TRIGGERS[order.use],
        evse=None if order.evse_id is None else v21.EVSE(id=order.evse_id),
    )


def _deliver(order: security.DeliverCertificate) -> tuple[str, Any]:
    return "CertificateSigned", v21.CertificateSignedRequest(
        certificate_chain=order.chain,
        certificate_type=None if order.use == "Combined" else order.use,
        request_id=order.request_id,
    )


def _install(order: security.InstallCertificate) -> tuple[str, Any]:
    return "InstallCertificate", v21.InstallCertificateRequest(
        certificate_type=order.use, certificate=order.certificate
    )


def _list(order: security.ListCertificates) -> tuple[str, Any]:
    return "GetInstalledCertificateIds", v21.GetInstalledCertificateIdsRequest(
        certificate_type=list(order.uses) or None
    )


def _delete(order: security.DeleteCertificate) -> tuple[str, Any]:
    return "DeleteCertificate", v21.DeleteCertificateRequest(
        certificate_hash_data=_hash_data(order.certificate)
    )


def _hash_data(named: security.CertificateHash) -> v21.CertificateHashData:
    return v21.CertificateHashData(
        hash_algorithm=cast("v21.HashAlgorithmEnum", named.algorithm),
        issuer_name_hash=named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=named.serial_number,
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    security.DeleteCertificate: _delete,
    security.DeliverCertificate: _deliver,
    security.InstallCertificate: _install,
    security.ListCertificates: _list,
    security.PreferNetworkProfile: _prefer,
    security.RaiseProfile: _raise,
    security.RequestSigning: _signing,
    security.Restart: _restart,
    security.SetPassword: _password,
    security.WriteNetworkProfile: _network_profile,
}


# --- how they ended -----------------------------------------------------------------------------------------


def _replied(_order: Any, wire: Any) -> security.Replied:
    return _reply(wire.status, wire.status_info)


def _set_replied(_order: Any, wire: Any) -> security.Replied:
    result = wire.set_variable_result[0]
    return _reply(result.attribute_status, result.attribute_status_info)


def _reply(status: str, info: Any) -> security.Replied:
    return security.Replied(
        status, "" if info is None else f"{info.reason_code} {info.additional_info or ''}".rstrip()
    )


def _listed(_order: Any, wire: Any) -> security.CertificatesListed:
    return security.CertificatesListed(
        tuple(
            security.HeldCertificate(
                one.certificate_type,
                hash_of(one.certificate_hash_data),
                tuple(hash_of(child) for child in one.child_certificate_hash_data or ()),
            )
            for one in wire.certificate_hash_data_chain or ()
        )
    )


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], security.SecurityResult]]] = {
    **dict.fromkeys(COMMANDS, _replied),
    security.ListCertificates: _listed,
    security.PreferNetworkProfile: _set_replied,
    security.SetPassword: _set_replied,
}
