"""SOAP 1.2 envelopes with WS-Addressing: read with suspicion, written by the book.

W3C SOAP 1.2 part 1; WS-Addressing 1.0; OCPP-S 1.6 chapters 3 and 5 (identity in the header, fault subcodes).
"""

from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

__all__ = ["Addressing", "BadEnvelope", "Envelope", "Fault", "envelope_bytes", "fault_bytes", "read_envelope"]

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
WSA: Final = "http://www.w3.org/2005/08/addressing"
ANONYMOUS: Final = f"{WSA}/anonymous"
CONTENT_TYPE: Final = "application/soap+xml; charset=utf-8"
DEPTH_MAX: Final = 32


class BadEnvelope(ValueError):
    """What came is no SOAP message that can be worked with."""


@dataclass(frozen=True, slots=True)
class Fault:
    """OCPP's word for what is wrong, and a sentence. Who is at fault follows from the word."""

    subcode: str
    text: str

    @property
    def sender(self) -> bool:
        return self.subcode != "InternalError"


@dataclass(frozen=True, slots=True)
class Addressing:
    """The headers that say who speaks to whom; empty texts where nothing is said."""

    identity: str = ""
    message_id: str = ""
    relates_to: str = ""
    action: str = ""
    to: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """`body` is the one element in the body; None for a fault, which is in `fault` then."""

    addressing: Addressing
    body: etree._Element | None
    fault: Fault | None = None


def read_envelope(text: bytes) -> Envelope:
    """Read one message. Entities, document types and anything from elsewhere are refused.

    Raises:
        BadEnvelope: it is none, with a sentence for whoever sent it.

    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as why:
        raise BadEnvelope(f"no XML that can be read: {why}") from why
    if root.getroottree().docinfo.doctype:
        raise BadEnvelope("a document type has no place in a SOAP message")
    if root.tag != _q(SOAP, "Envelope"):
        raise BadEnvelope("no SOAP 1.2 envelope")
    if _depth(root) > DEPTH_MAX:
        raise BadEnvelope("nested too deep")
    body = root.find(_q(SOAP, "Body"))
    content = [] if body is None else list(body)
    if len(content) != 1:
        raise BadEnvelope("the body holds no one element")
    addressing = _addressing(root.find(_q(SOAP, "Header")))
    if content[0].tag == _q(SOAP, "Fault"):
        return Envelope(addressing, None, _fault(content[0]))
    return Envelope(addressing, content[0])


def _depth(element: etree._Element) -> int:
    deepest, depth = 0, 0
    for event, _ in etree.iterwalk(element, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _addressing(header: etree._Element | None) -> Addressing:
    if header is None:
        return Addressing()

    def text(name: str, *path: str) -> str:
        found = header.find("/".join(_q(WSA, part) for part in (name, *path)))
        return "" if found is None else (found.text or "").strip()

    identity = next((child for child in header if etree.QName(child).localname == "chargeBoxIdentity"), None)
    return Addressing(
        identity="" if identity is None else (identity.text or "").strip(),
        message_id=text("MessageID"),
        relates_to=text("RelatesTo"),
        action=text("Action"),
        to=text("To"),
        # Stations disagree on which of the two is theirs; From is what most fill in.
        reply_to=next(
            (a for a in (text("From", "Address"), text("ReplyTo", "Address")) if a and a != ANONYMOUS), ""
        ),
    )


def _fault(element: etree._Element) -> Fault:
    subcode = element.findtext(f"{_q(SOAP, 'Code')}/{_q(SOAP, 'Subcode')}/{_q(SOAP, 'Value')}") or ""
    reason = element.findtext(f"{_q(SOAP, 'Reason')}/{_q(SOAP, 'Text')}") or ""
    return Fault(subcode.strip().rpartition(":")[2] or "GenericError", reason.strip())


def envelope_bytes(
    content: etree._Element, addressing: Addressing, *, identity_namespace: str | None = None
) -> bytes:
    """Write a message; headers that say nothing are left out."""
    root, header, body = _frame()
    if addressing.identity and identity_namespace is not None:
        _add(header, identity_namespace, "chargeBoxIdentity", addressing.identity)
    _address(header, addressing)
    body.append(content)
    return _bytes(root)


def fault_bytes(fault: Fault, addressing: Addressing, *, namespace: str) -> bytes:
    """Write a fault, its subcode in the namespace of the service."""
    root, header, body = _frame()
    _address(header, addressing)
    element = etree.SubElement(body, _q(SOAP, "Fault"), nsmap={"ocpp": namespace})
    code = etree.SubElement(element, _q(SOAP, "Code"))
    _add(code, SOAP, "Value", "soap:Sender" if fault.sender else "soap:Receiver")
    subcode = etree.SubElement(code, _q(SOAP, "Subcode"))
    _add(subcode, SOAP, "Value", f"ocpp:{fault.subcode}")
    reason = etree.SubElement(element, _q(SOAP, "Reason"))
    text = _add(reason, SOAP, "Text", _printable(fault.text))
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    return _bytes(root)


def _frame() -> tuple[Any, Any, Any]:
    root = etree.Element(_q(SOAP, "Envelope"), nsmap={"soap": SOAP, "wsa": WSA})
    return root, etree.SubElement(root, _q(SOAP, "Header")), etree.SubElement(root, _q(SOAP, "Body"))


def _address(header: etree._Element, addressing: Addressing) -> None:
    for name, text in (
        ("MessageID", addressing.message_id),
        ("RelatesTo", addressing.relates_to),
        ("Action", addressing.action),
        ("To", addressing.to),
    ):
        if text:
            _add(header, WSA, name, text)
    if addressing.reply_to:
        for name in ("From", "ReplyTo"):
            _add(etree.SubElement(header, _q(WSA, name)), WSA, "Address", addressing.reply_to)


def _add(parent: etree._Element, namespace: str, name: str, text: str) -> etree._Element:
    child = etree.SubElement(parent, _q(namespace, name))
    child.text = text
    return child


def _printable(text: str) -> str:
    """What XML can hold: an echo of somebody's bytes must not make our own answer unreadable."""
    return "".join(char if char.isprintable() else " " for char in text)


def _q(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
