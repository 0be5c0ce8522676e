"""The description of the two services, written from the tables, for stations and tools that ask for `?wsdl`."""

from functools import cache

from lxml import etree

from chargewright.adapters.soap.vocabulary import NAMES, SIMPLE, Dialect, actions, types_of

__all__ = ["wsdl"]

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
_XSD = "http://www.w3.org/2001/XMLSchema"
_WSAW = "http://www.w3.org/2006/05/addressing/wsdl"


@cache
def wsdl(dialect: Dialect, *, of_central_system: bool, address: str) -> bytes:
    """The WSDL 1.1 of one service at `address`."""
    names = NAMES[dialect]
    namespace = names.central_system if of_central_system else names.charge_point
    service = "CentralSystemService" if of_central_system else "ChargePointService"
    offered = actions(dialect, from_station=of_central_system)
    root = etree.Element(
        f"{{{_WSDL}}}definitions",
        nsmap={"wsdl": _WSDL, "soap12": _SOAP12, "s": _XSD, "wsaw": _WSAW, "tns": namespace},
        targetNamespace=namespace,
    )
    _types(etree.SubElement(root, f"{{{_WSDL}}}types"), dialect, namespace, offered)
    _messages(root, offered)
    _port_type(root, service, offered)
    _binding(root, service, offered)
    element = etree.SubElement(root, f"{{{_WSDL}}}service", name=service)
    port = etree.SubElement(
        element, f"{{{_WSDL}}}port", name=f"{service}Soap12", binding=f"tns:{service}Soap"
    )
    etree.SubElement(port, f"{{{_SOAP12}}}address", location=address)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _types(parent: etree._Element, dialect: Dialect, namespace: str, offered: list[str]) -> None:
    schema = etree.SubElement(
        parent, f"{{{_XSD}}}schema", targetNamespace=namespace, elementFormDefault="qualified"
    )
    types = types_of(dialect)
    wanted: list[str] = []

    def want(kind: str) -> None:
        if kind not in SIMPLE and kind not in wanted:
            wanted.append(kind)
            for place in types[kind]:
                want(place.type)

    for action in offered:
        for half in ("Request", "Response"):
            want(f"{action}{half}")
            name = f"{action}{half}"
            etree.SubElement(
                schema, f"{{{_XSD}}}element", name=name[0].lower() + name[1:], type=f"tns:{name}"
            )
    etree.SubElement(schema, f"{{{_XSD}}}element", name="chargeBoxIdentity", type="s:string")
    for kind in wanted:
        _complex_type(schema, kind, dialect)


def _complex_type(schema: etree._Element, kind: str, dialect: Dialect) -> None:
    element = etree.SubElement(schema, f"{{{_XSD}}}complexType", name=kind)
    places = types_of(dialect)[kind]
    if any(place.text for place in places):
        content = etree.SubElement(element, f"{{{_XSD}}}simpleContent")
        extension = etree.SubElement(content, f"{{{_XSD}}}extension", base="s:string")
        for place in places:
            if place.attribute:
                etree.SubElement(extension, f"{{{_XSD}}}attribute", name=place.name, type="s:string")
        return
    sequence = etree.SubElement(element, f"{{{_XSD}}}sequence")
    for place in places:
        etree.SubElement(
            sequence,
            f"{{{_XSD}}}element",
            name=place.name,
            type=f"{'s' if place.type in SIMPLE else 'tns'}:{place.type}",
            minOccurs="0" if place.optional else "1",
            maxOccurs="unbounded" if place.many else "1",
        )


def _messages(root: etree._Element, offered: list[str]) -> None:
    header = etree.SubElement(root, f"{{{_WSDL}}}message", name="Header")
    etree.SubElement(header, f"{{{_WSDL}}}part", name="ChargeBoxIdentity", element="tns:chargeBoxIdentity")
    for action in offered:
        for half, way in (("Request", "Input"), ("Response", "Output")):
            message = etree.SubElement(root, f"{{{_WSDL}}}message", name=f"{action}{way}")
            name = f"{action[0].lower()}{action[1:]}{half}"
            etree.SubElement(message, f"{{{_WSDL}}}part", name="parameters", element=f"tns:{name}")


def _port_type(root: etree._Element, service: str, offered: list[str]) -> None:
    port_type = etree.SubElement(root, f"{{{_WSDL}}}portType", name=service)
    for action in offered:
        operation = etree.SubElement(port_type, f"{{{_WSDL}}}operation", name=action)
        for way, suffix in (("input", ""), ("output", "Response")):
            element = etree.SubElement(
                operation, f"{{{_WSDL}}}{way}", message=f"tns:{action}{way.capitalize()}"
            )
            element.set(f"{{{_WSAW}}}Action", f"/{action}{suffix}")


def _binding(root: etree._Element, service: str, offered: list[str]) -> None:
    binding = etree.SubElement(root, f"{{{_WSDL}}}binding", name=f"{service}Soap", type=f"tns:{service}")
    etree.SubElement(binding, f"{{{_SOAP12}}}binding", transport="http://schemas.xmlsoap.org/soap/http")
    etree.SubElement(binding, f"{{{_WSAW}}}UsingAddressing")
    for action in offered:
        operation = etree.SubElement(binding, f"{{{_WSDL}}}operation", name=action)
        etree.SubElement(operation, f"{{{_SOAP12}}}operation", soapAction=f"/{action}", style="document")
        entry = etree.SubElement(operation, f"{{{_WSDL}}}input")
        etree.SubElement(
            entry, f"{{{_SOAP12}}}header", message="tns:Header", part="ChargeBoxIdentity", use="literal"
        )
        etree.SubElement(entry, f"{{{_SOAP12}}}body", use="literal")
        answer = etree.SubElement(operation, f"{{{_WSDL}}}output")
        etree.SubElement(answer, f"{{{_SOAP12}}}body", use="literal")
