"""Certificates and ways to connect in the words of OCPP 2.x (A02, A03, B09, B10, M03 to M05)."""

from datetime import datetime
from typing import Final, get_args
from urllib.parse import urlsplit

from msgspec import Struct

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.blocks.certificates import STATION, V2G, V2G20, CertificateStore
from chargewright.simulator.blocks.credentials import Way
from chargewright.simulator.blocks.signatures import CertificateHash
from chargewright.simulator.dialect_v2.words import reason
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.station import Station

__all__ = ["SLOTS", "Security"]

_USES: Final[dict[str, v21.GetCertificateIdUseEnum]] = {
    word: word for word in get_args(v21.GetCertificateIdUseEnum)
}
SLOTS: Final = (1, 2, 3)
"""Slots for network profiles."""

_VERSIONS: Final = {"ocpp2.0.1": ("OCPP20", "OCPP201"), "ocpp2.1": ("OCPP20", "OCPP201", "OCPP21")}


class Security:
    """Whom a station trusts, what it shows, and where it connects."""

    def __init__(self, station: Station, certificates: CertificateStore) -> None:
        self._station = station
        self._certificates = certificates
        self._slots: dict[int, v21.NetworkConnectionProfile] = {}
        self.priority: tuple[int, ...] = ()
        """Slots in the order in which they are tried (NetworkConfigurationPriority); empty: as it was set up."""

    def handlers(self) -> Handlers:
        return {
            "CertificateSigned": self._certificate_signed,
            "DeleteCertificate": self._delete,
            "GetInstalledCertificateIds": self._installed,
            "InstallCertificate": self._install,
            "SetNetworkProfile": self._set_network_profile,
        }

    # --- certificates ----------------------------------------------------------------------------------------------

    def _install(self, request: v21.InstallCertificateRequest, at: datetime) -> Struct:
        status = self._certificates.install(request.certificate_type, request.certificate, at)
        return v21.InstallCertificateResponse(
            status=status, status_info=None if status == "Accepted" else reason("InvalidCertificate")
        )

    def _installed(self, request: v21.GetInstalledCertificateIdsRequest, _at: datetime) -> Struct:
        wanted = None if request.certificate_type is None else set(request.certificate_type)
        found = [
            v21.CertificateHashDataChain(certificate_hash_data=_hash_out(found), certificate_type=_USES[use])
            for use, found in self._certificates.hashes(wanted)
        ]
        for own in (V2G, V2G20):
            chain = self._certificates.own_hashes(own)
            if chain and (wanted is None or "V2GCertificateChain" in wanted):
                found.append(
                    v21.CertificateHashDataChain(
                        certificate_hash_data=_hash_out(chain[0]),
                        certificate_type="V2GCertificateChain",
                        child_certificate_hash_data=[_hash_out(below) for below in chain[1:5]] or None,
                    )
                )
        if not found:
            return v21.GetInstalledCertificateIdsResponse(status="NotFound")
        return v21.GetInstalledCertificateIdsResponse(status="Accepted", certificate_hash_data_chain=found)

    def _delete(self, request: v21.DeleteCertificateRequest, _at: datetime) -> Struct:
        wire = request.certificate_hash_data
        wanted = (wire.hash_algorithm, wire.issuer_name_hash, wire.issuer_key_hash, wire.serial_number)
        return v21.DeleteCertificateResponse(status=self._certificates.delete(wanted))

    def _certificate_signed(self, request: v21.CertificateSignedRequest, at: datetime) -> Struct:
        use = request.certificate_type or STATION
        taken = self._certificates.signed(use, request.certificate_chain, request.request_id, at)
        if not taken:
            self._station.security_event("InvalidChargingStationCertificate", at)
            return v21.CertificateSignedResponse(status="Rejected", status_info=reason("InvalidCertificate"))
        if use == STATION:
            self._station.credentials.show(self._certificates.shown())
        return v21.CertificateSignedResponse(status="Accepted")

    # --- network profiles (B09, B10) -------------------------------------------------------------------------------

    def _set_network_profile(self, request: v21.SetNetworkProfileRequest, _at: datetime) -> Struct:
        wanted = request.connection_data
        refused = self._refused(request.configuration_slot, wanted)
        if refused:
            return v21.SetNetworkProfileResponse(
                status="Rejected", status_info=reason("InvalidNetworkConf", refused)
            )
        if urlsplit(wanted.ocpp_csms_url).scheme not in {"ws", "wss"}:
            return v21.SetNetworkProfileResponse(
                status="Failed", status_info=reason("InvalidURL", "neither ws: nor wss:")
            )
        self._slots[request.configuration_slot] = wanted
        return v21.SetNetworkProfileResponse(status="Accepted")

    def _refused(self, slot: int, wanted: v21.NetworkConnectionProfile) -> str:
        """Why a profile is not taken: B09.FR.02, FR.04; empty where it is."""
        if slot not in SLOTS:
            return f"slots are {', '.join(map(str, SLOTS))}"
        if wanted.ocpp_transport != "JSON":
            return "SOAP is not spoken"
        version = wanted.ocpp_version
        if version is not None and version not in _VERSIONS[self._station.spec.version]:
            return f"{version} is not spoken"
        if wanted.security_profile < self._station.credentials.security_profile:
            return "a lower security profile than now"
        if wanted.security_profile > 3:
            return "there is no such security profile"
        return ""

    def set_priority(self, text: str, at: datetime) -> bool:
        """Take an order of slots over, for the next start (B10.FR.01); False where one of them is not set."""
        try:
            slots = tuple(int(part) for part in text.split(","))
        except ValueError:
            return False
        if not set(slots) <= self._slots.keys():
            return False
        profiles = [self._slots[slot] for slot in slots]
        if any(p.security_profile > 1 for p in profiles) and not self._certificates.roots(
            "CSMSRootCertificate"
        ):
            return False
        if any(p.security_profile == 3 for p in profiles) and self._certificates.shown() is None:
            return False
        self.priority = slots
        self._station.credentials.change_way([self._way(p) for p in profiles])
        self._station.log.note(at, "will connect by network profiles", text)
        return True

    def _way(self, profile: v21.NetworkConnectionProfile) -> Way:
        password = profile.basic_auth_password
        return Way(
            profile.ocpp_csms_url,
            self._station.credentials.way.password if password is None else password.encode(),
            profile.security_profile,
            profile.identity,
        )


def _hash_out(found: CertificateHash) -> v21.CertificateHashData:
    _, name, key, serial = found
    return v21.CertificateHashData(
        hash_algorithm="SHA256", issuer_name_hash=name, issuer_key_hash=key, serial_number=serial
    )
