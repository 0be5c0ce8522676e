"""The firmware images that stations can be given: kept here, or named where they lie elsewhere.

A signature is tried against its certificate when the image is entered: what stations would refuse one by one is
refused here once.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from chargewright.clock import Clock
from chargewright.csms.files import Files
from chargewright.csms.ports import Shelf, Store
from chargewright.domain.files import StoredFile
from chargewright.domain.firmware import FirmwareImage
from chargewright.domain.station import Station
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import StationId

__all__ = ["SCHEMES", "FirmwareImages", "misfit"]

SCHEMES: Final = ("http://", "https://", "ftp://", "ftps://", "sftp://")
"""Where an image or a log may lie outside."""

_IMAGES: Final = Shelf("firmware", FirmwareImage)


class FirmwareImages:
    """Keeps images and says where a station may fetch one."""

    def __init__(self, *, store: Store, clock: Clock, files: Files, new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._files = files
        self._new_id = new_id

    async def enter(
        self,
        *,
        version: str,
        vendor: str = "*",
        model: str = "*",
        file_id: str | None = None,
        location: str | None = None,
        sha256: str | None = None,
        md5: str = "",
        signature: str | None = None,
        signing_certificate: str | None = None,
        signature_checked: bool = True,
    ) -> FirmwareImage:
        """Enter an image: exactly one of `file_id` and `location`.

        With `signature_checked`, a signature over a file that is here must be right: SHA-256 with RSA (PSS or
        PKCS #1) or ECDSA. `md5` of a file that is here is reckoned.

        Raises:
            NotFound: no such file.
            InvalidInput: something of it does not fit together; says what.

        """
        if (file_id is None) == (location is None):
            raise InvalidInput("either a file that is kept here, or a location elsewhere", where="file")
        if (signature is None) != (signing_certificate is None):
            raise InvalidInput("a signature and its certificate go together", where="signature")
        if location is not None and not location.lower().startswith(SCHEMES):
            raise InvalidInput(f"begins with none of {', '.join(SCHEMES)}", where="location")
        if file_id is not None:
            file = self._files.file(file_id)
            if sha256 is not None and sha256.lower() != file.sha256:
                raise InvalidInput(f"the file has the SHA-256 {file.sha256}", where="sha256")
            if signature is not None and signing_certificate is not None and signature_checked:
                _check_signature(file, signature, signing_certificate)
            md5 = await self._md5(file)
        image = FirmwareImage(
            id=self._new_id(),
            version=version,
            created_at=self._clock.now(),
            vendor=vendor,
            model=model,
            file_id=file_id,
            location=location,
            md5=md5.lower(),
            signature=signature,
            signing_certificate=signing_certificate,
        )
        await self._store.commit(lambda records: records.put_item(_IMAGES, "", image.id, image))
        return image

    async def image(self, image_id: str) -> FirmwareImage:
        """The image, or `NotFound`."""
        found = await self._store.read(lambda records: records.item(_IMAGES, "", image_id))
        if found is None:
            raise NotFound("no such firmware", where=image_id)
        return found

    async def all(self) -> list[FirmwareImage]:
        """The newest first."""
        found = await self._store.read(lambda records: records.items(_IMAGES, ""))
        return sorted((image for *_, image in found), key=lambda image: image.created_at, reverse=True)

    async def delete(self, image_id: str) -> None:
        """Forget an image, and its file: a station that still fetches it is told that there is none."""
        image = await self.image(image_id)
        await self._store.commit(lambda records: records.delete_item(_IMAGES, "", image_id))
        if image.file_id is not None and any(file.id == image.file_id for file in self._files.all()):
            await self._files.delete(image.file_id)

    async def location(self, image: FirmwareImage, station_id: StationId) -> str:
        """Where this station may fetch it. Raises `InvalidInput` where that is not known, `NotFound` for a lost file."""
        if image.location is not None:
            return image.location
        assert image.file_id is not None, "an image is here or elsewhere"
        return await self._files.offer(image.file_id, station_id)

    async def _md5(self, file: StoredFile) -> str:
        # What the standard names for publishing (L03.FR.01): against damage, not against anybody.
        digest = hashlib.md5(usedforsecurity=False)
        async for part in self._files.content(file.id):
            digest.update(part)
        return digest.hexdigest()


def misfit(image: FirmwareImage, station: Station) -> str:
    """Why an image is not for this station, by what it told at its boot; "" where it is."""
    if fnmatchcase(station.vendor, image.vendor) and fnmatchcase(station.model, image.model):
        return ""
    return f"the image is for {image.vendor} {image.model}, this is {station.vendor} {station.model}"


def _check_signature(file: StoredFile, signature: str, pem: str) -> None:
    try:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except (ValueError, UnsupportedAlgorithm) as why:
        raise InvalidInput("this certificate cannot be read", where="signing_certificate") from why
    try:
        raw = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error) as why:
        raise InvalidInput("this is no Base64", where="signature") from why
    digest, sha256 = bytes.fromhex(file.sha256), utils.Prehashed(hashes.SHA256())
    attempts: list[Callable[[], None]]
    if isinstance(key, ec.EllipticCurvePublicKey):
        attempts = [lambda: key.verify(raw, digest, ec.ECDSA(sha256))]
    elif isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
        attempts = [
            lambda: key.verify(raw, digest, pss, sha256),
            lambda: key.verify(raw, digest, padding.PKCS1v15(), sha256),
        ]
    else:
        raise InvalidInput("this key is neither RSA nor ECDSA", where="signing_certificate")
    for verify in attempts:
        try:
            verify()
        except InvalidSignature:
            continue
        return
    raise InvalidInput("the certificate's key did not sign this file", where="signature")
