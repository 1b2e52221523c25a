"""What is a statement about a thing, and how is it written as JSON-LD, Turtle and RDF/XML?

One small model for three notations: no library of graphs is loaded by the web process. A thing is
written as soon as it is known, so a whole catalogue never stands in memory.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

PREFIXES: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
IRI_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_IN_TURTLE = re.compile('[\\\\"\x00-\x1f\x7f\ud800-\udfff]')


class Notation(StrEnum):
    """A way to write a graph."""

    JSONLD = "jsonld"
    TURTLE = "ttl"
    RDFXML = "rdf"

    @property
    def mimetype(self) -> str:
        match self:
            case Notation.JSONLD:
                return "application/ld+json"
            case Notation.TURTLE:
                return "text/turtle"
            case Notation.RDFXML:
                return "application/rdf+xml"


@dataclass(frozen=True)
class Iri:
    """The address of a thing; what no address may hold is written with per cent signs."""

    address: str

    @property
    def written(self) -> str:
        return quote(self.address, safe=IRI_CHARACTERS)


@dataclass(frozen=True)
class Text:
    """A text in a language, or a value of a datatype such as xsd:date."""

    text: str
    language: str = ""
    datatype: str = ""


@dataclass(frozen=True)
class Node:
    """A thing, its classes, and what is said of it. address "": it has no name of its own."""

    address: str
    classes: tuple[str, ...]
    facts: "tuple[tuple[str, Value], ...]" = ()

    @property
    def iri(self) -> Iri:
        return Iri(self.address)


Value = Iri | Text | Node


def full_name(name: str) -> str:
    """dct:title as a whole address."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def written(notation: Notation, nodes: Iterable[Node]) -> Iterator[str]:
    """A whole document, piece by piece: as long as the nodes come, nothing is kept."""
    match notation:
        case Notation.JSONLD:
            yield JSONLD_HEAD
            for place, node in enumerate(nodes):
                yield ("," if place else "") + json.dumps(jsonld(node), ensure_ascii=False) + "\n"
            yield JSONLD_TAIL
        case Notation.TURTLE:
            yield TURTLE_HEAD
            yield from map(turtle, nodes)
        case Notation.RDFXML:
            yield RDFXML_HEAD
            yield from map(rdfxml, nodes)
            yield RDFXML_TAIL


# JSON-LD

JSONLD_HEAD = f'{{"@context": {json.dumps(PREFIXES)},\n"@graph": [\n'
JSONLD_TAIL = "]}\n"


def jsonld(node: Node) -> dict[str, Any]:
    """One thing as a JSON-LD object, without its context."""
    said: dict[str, Any] = {"@id": node.iri.written} if node.address else {}
    if node.classes:
        said["@type"] = list(node.classes)
    for name, value in node.facts:
        said.setdefault(name, []).append(_jsonld_value(value))
    return said


def _jsonld_value(value: Value) -> dict[str, Any]:
    match value:
        case Iri():
            return {"@id": value.written}
        case Node():
            return jsonld(value)
        case Text(text, language, datatype):
            kinds = {"@language": language, "@type": datatype}
            return {"@value": text} | {kind: word for kind, word in kinds.items() if word}


# Turtle

TURTLE_HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()) + "\n"


def turtle(node: Node) -> str:
    """One thing and every named thing inside it, each as a statement of its own."""
    return "".join(_turtle_statement(each) for each in _named(node))


def _named(node: Node) -> Iterator[Node]:
    """The thing, and the things with names that are described inside it."""
    if node.address:
        yield node
    for _, value in node.facts:
        if isinstance(value, Node):
            yield from _named(value)


def _turtle_statement(node: Node) -> str:
    return f"<{node.iri.written}> {_turtle_facts(node)} .\n\n"


def _turtle_facts(node: Node) -> str:
    classes = [f"a {', '.join(node.classes)}"] if node.classes else []
    facts = [f"{name} {_turtle_value(value)}" for name, value in node.facts]
    return " ;\n    ".join([*classes, *facts])


def _turtle_value(value: Value) -> str:
    match value:
        case Iri():
            return f"<{value.written}>"
        case Node():
            if value.address:
                return f"<{value.iri.written}>"
            return f"[ {_turtle_facts(value)} ]"
        case Text(text, language, datatype):
            quoted = f'"{NOT_IN_TURTLE.sub(_turtle_escape, text)}"'
            if language:
                return f"{quoted}@{language}"
            return f"{quoted}^^{datatype}" if datatype else quoted


def _turtle_escape(found: re.Match[str]) -> str:
    character = found[0]
    is_half = "\ud800" <= character <= "\udfff"
    if character in {"\\", '"'}:
        return f"\\{character}"
    return "�" if is_half else f"\\u{ord(character):04X}"


# RDF/XML

RDFXML_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF\n'
    + "\n".join(f"    xmlns:{name}={quoteattr(iri)}" for name, iri in PREFIXES.items())
    + ">\n"
)
RDFXML_TAIL = "</rdf:RDF>\n"


def rdfxml(node: Node) -> str:
    """One thing as an element of RDF/XML; what is inside it is written inside it."""
    return "\n".join(_rdfxml_lines(node, 1)) + "\n"


def _rdfxml_lines(node: Node, depth: int) -> Sequence[str]:
    gap = "  " * depth
    about = f" rdf:about={quoteattr(node.iri.written)}" if node.address else ""
    lines = [f"{gap}<rdf:Description{about}>"]
    lines += [f"{gap}  <rdf:type rdf:resource={quoteattr(full_name(n))}/>" for n in node.classes]
    for name, value in node.facts:
        lines += _rdfxml_fact(name, value, depth + 1)
    return [*lines, f"{gap}</rdf:Description>"]


def _rdfxml_fact(name: str, value: Value, depth: int) -> Sequence[str]:
    gap = "  " * depth
    match value:
        case Iri():
            return [f"{gap}<{name} rdf:resource={quoteattr(value.written)}/>"]
        case Node():
            return [f"{gap}<{name}>", *_rdfxml_lines(value, depth + 1), f"{gap}</{name}>"]
        case Text(text, language, datatype):
            kind = f' xml:lang="{language}"' if language else ""
            if datatype:
                kind = f" rdf:datatype={quoteattr(full_name(datatype))}"
            return [f"{gap}<{name}{kind}>{xml_text(text)}</{name}>"]


def xml_text(text: str) -> str:
    """A text that XML may hold: no markup, no character that XML forbids."""
    return escape(NOT_IN_XML.sub("�", text), {"\r": "&#13;"})
