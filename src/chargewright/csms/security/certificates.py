"""Roots in stations: installed, listed, deleted, and what we believe is there (1.6 security paper M; 2.x block M)."""

from dataclasses import replace
from hashlib import blake2b
from typing import Final

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.security.asking import Asked, ask, told
from chargewright.csms.security.x509 import named, read_chain, read_root, subject_of
from chargewright.domain.security import (
    ROOT_USES,
    CertificateHash,
    CertificatesListed,
    CertificateUse,
    DeleteCertificate,
    HeldCertificate,
    InstallCertificate,
    ListCertificates,
    RootUse,
    StationCertificate,
)
from chargewright.errors import InvalidInput, NotFound, UnsupportedByVersion
from chargewright.ids import StationId

__all__ = ["SHELF", "Certificates"]

SHELF: Final = Shelf("station_certificate", StationCertificate)


class Certificates:
    """What stations hold beside their own key: the roots that they trust."""

    def __init__(self, *, store: Store, clock: Clock, provisioning: Provisioning, commands: Commands) -> None:
        self._store = store
        self._clock = clock
        self._provisioning = provisioning
        self._commands = commands

    async def of(self, station_id: StationId) -> list[tuple[str, StationCertificate]]:
        """(key, certificate): what is believed, without asking the station."""
        return [
            (key, found)
            for _, key, found in await self._store.read(lambda records: records.items(SHELF, station_id))
        ]

    async def forget(self, station_id: StationId) -> None:
        await self._store.commit(lambda records: records.delete_items(SHELF, station_id))

    async def install(
        self, station_id: StationId, use: RootUse, pem: str
    ) -> tuple[str, StationCertificate, Asked]:
        """Install a root; kept with how it ended, if it was sent.

        Raises:
            InvalidInput: it is no certificate of an authority, or not valid at present.
            UnsupportedByVersion: 1.6 knows only CSMSRootCertificate and ManufacturerRootCertificate.

        """
        self._provisioning.require(station_id)
        now = self._clock.now()
        root = read_root(pem, now=now)
        asked = await ask(self._commands, station_id, InstallCertificate(use, pem))
        made = StationCertificate(
            use,
            named(root, root),
            "installed" if asked.accepted else "unknown" if asked.outcome == "unknown" else "refused",
            now,
            "" if asked.accepted else asked.reason,
            pem,
            subject_of(root),
            root.not_valid_after_utc,
        )
        key = _key(made)
        if asked.outcome == "offline":
            return key, made, asked

        def keep(records: Records) -> StationCertificate:
            before = records.item(SHELF, station_id, key)
            if made.state == "refused" and before is not None and before.state == "installed":
                return before  # a second one that is refused does not take away the first
            records.put_item(SHELF, station_id, key, made)
            return made

        return key, await self._store.commit(keep), asked

    async def refresh(
        self, station_id: StationId, uses: tuple[CertificateUse, ...] = ()
    ) -> list[tuple[str, StationCertificate]]:
        """Ask the station what it holds (of `uses`, or of all) and keep it.

        Raises:
            InvalidInput: it cannot be asked, or did not answer; says why.

        """
        self._provisioning.require(station_id)
        held, asked_for = await self._list(station_id, uses)
        now = self._clock.now()

        def keep(records: Records) -> None:
            kept = {key: one for _, key, one in records.items(SHELF, station_id)}
            missing = {key for key, one in kept.items() if not asked_for or one.use in asked_for}
            for one in held:
                key = next((k for k, known in kept.items() if _same(known, one)), None)
                known = (
                    StationCertificate(one.use, one.certificate, "installed", now)
                    if key is None
                    else kept[key]
                )
                found = replace(
                    known,
                    named=one.certificate,
                    state="installed",
                    at=known.at if known.state == "installed" else now,
                    reason="",
                    children=one.children,
                )
                records.put_item(SHELF, station_id, key or _key(found), found)
                missing.discard(key or "")
            for key in missing:
                if kept[key].state in {"installed", "unknown"}:
                    records.put_item(SHELF, station_id, key, replace(kept[key], state="gone", at=now))

        await self._store.commit(keep)
        return [(key, one) for key, one in await self.of(station_id) if not asked_for or one.use in asked_for]

    async def _list(
        self, station_id: StationId, uses: tuple[CertificateUse, ...]
    ) -> tuple[list[HeldCertificate], tuple[CertificateUse, ...]]:
        """(what the station says it holds, the uses that it was asked about; none means all)."""
        try:
            return await self._ask_list(station_id, uses), uses
        except UnsupportedByVersion:
            pass  # 1.6 lists one use at a time
        held: list[HeldCertificate] = []
        answered: list[CertificateUse] = []
        for use in uses or ROOT_USES:
            try:
                held += await self._ask_list(station_id, (use,))
            except UnsupportedByVersion:
                if uses:
                    raise
                continue
            answered.append(use)
        return held, tuple(answered)

    async def _ask_list(
        self, station_id: StationId, uses: tuple[CertificateUse, ...]
    ) -> list[HeldCertificate]:
        outcome = await self._commands.order(station_id, ListCertificates(uses), priority=Priority.REPORT)
        if not isinstance(outcome.result, CertificatesListed):
            raise InvalidInput(f"it did not list its certificates: {told(outcome).reason}", where=station_id)
        return list(outcome.result.held)

    async def delete(self, station_id: StationId, key: str, *, force: bool = False) -> Asked:
        """Have a certificate deleted, named the way the station names it.

        Raises:
            NotFound: nothing is known under `key`.
            InvalidInput: it is the last root that the station can know us by, and `force` is not given.

        """
        self._provisioning.require(station_id)
        kept = dict(await self.of(station_id))
        if key not in kept:
            raise NotFound("no such certificate", where=key)
        use = kept[key].use
        others = [k for k, one in kept.items() if one.use == use and one.state == "installed" and k != key]
        if use == "CSMSRootCertificate" and not others and not force:
            raise InvalidInput(
                "it is the last root that it can know us by; force deletes it all the same", where=key
            )
        asked = await ask(self._commands, station_id, DeleteCertificate(kept[key].named))
        if asked.accepted or asked.status == "NotFound":
            await self._store.commit(lambda records: records.delete_item(SHELF, station_id, key))
        else:
            noted = replace(kept[key], reason=f"not deleted: {asked.reason}")
            await self._store.commit(lambda records: records.put_item(SHELF, station_id, key, noted))
        return asked


def _key(certificate: StationCertificate) -> str:
    """The same certificate for the same use has the same key, however often it is installed."""
    what = certificate.pem or "|".join(certificate.named.folded)
    return blake2b(f"{certificate.use}|{what}".encode(), digest_size=8).hexdigest()


def _same(known: StationCertificate, held: HeldCertificate) -> bool:
    """Whether a station means a certificate that is kept, whatever digests it names it by."""
    if known.use != held.use:
        return False
    if known.named.folded == held.certificate.folded:
        return True
    return known.pem is not None and _named_as(known.pem, held.certificate).folded == held.certificate.folded


def _named_as(pem: str, like: CertificateHash) -> CertificateHash:
    root = read_chain(pem)[0]
    return named(root, root, like.algorithm)
