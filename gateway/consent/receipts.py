"""A consent record for machines: ISO/IEC TS 27560:2023 field names as JSON-LD over the Data Privacy Vocabulary.

The context gives every field its DPV or Dublin Core term, so that the same document is plain JSON by the standard's names
and linked data by DPV's profile `record-eu-gdpr`. What was shown is taken from the exact notice, never from today's policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.consent.record import ConsentRecord, Method

SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
CONFORMS_TO = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"

_DPV = "https://w3id.org/dpv#"
_CONTEXT: Mapping[str, Any] = {
    "dpv": _DPV,
    "dct": "http://purl.org/dc/terms/",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "schema_version": "dct:hasVersion",
    "record_id": "dct:identifier",
    "pii_principal_id": "dpv:hasDataSubject",
    "privacy_notice": {"@id": "dpv:hasNotice", "@type": "@id"},
    "language": "dct:language",
    "purposes": {"@id": "dpv:hasProcess", "@container": "@set"},
    "purpose": "dpv:hasPurpose",
    "purpose_id": "dct:identifier",
    "description": "dct:description",
    "lawful_basis": {"@id": "dpv:hasLegalBasis", "@type": "@id"},
    "pii_type": {"@id": "dpv:hasPersonalData", "@container": "@set"},
    "pii_controllers": {"@id": "dpv:hasDataController", "@container": "@set"},
    "name": "dpv:hasName",
    "address": "dpv:hasAddress",
    "contact": "dpv:hasContact",
    "authority": "dpv:hasAuthority",
    "storage_locations": {"@id": "dpv:hasLocation", "@type": "@id", "@container": "@set"},
    "retention_period": "dpv:hasStorageCondition",
    "jurisdiction": {"@id": "dpv:hasJurisdiction", "@type": "@id"},
    "recipient_third_parties": {"@id": "dpv:hasRecipientThirdParty", "@container": "@set"},
    "country": {"@id": "dpv:hasCountry", "@type": "@id"},
    "safeguard": "dpv:hasTechnicalOrganisationalMeasure",
    "withdrawal_method": {"@id": "dpv:hasWithdrawalMethod", "@type": "@id"},
    "events": {"@id": "dct:hasPart", "@container": "@list"},
    "event_time": {"@id": "dct:date", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
    "validity_duration": {"@id": "dpv:hasDuration", "@type": "http://www.w3.org/2001/XMLSchema#duration"},
    "entity_id": "dpv:hasEntity",
    "event_type": {"@id": "dpv:hasIndicationMethod", "@type": "@id"},
    "event_state": {"@id": "dpv:hasConsentStatus", "@type": "@id"},
}
_BASES = {
    "consent": "eu-gdpr:A6-1-a",
    "contract": "eu-gdpr:A6-1-b",
    "legal_obligation": "eu-gdpr:A6-1-c",
    "legitimate_interest": "eu-gdpr:A6-1-f",
}
# Opt-outs of sale and objections, and opting back in.
_NO_CONSENT = {Method.GPC, Method.DO_NOT_SELL, Method.OBJECTION, Method.OPT_IN}


def receipt(records: Sequence[ConsentRecord], notice: Mapping[str, Any] | None, base_url: str) -> dict[str, Any]:
    """The record of one consent and of what became of it.

    `records` are the answer and those that follow it, oldest first; `notice` is the content of the notice that the first
    names, None for what was answered without one (a withdrawal, an opt-out): then only the answer itself can be told.
    """
    first = records[0]
    shown = notice or {}
    controller = shown.get("controller", {})
    place = _location(first.jurisdiction)
    return {
        "@context": _CONTEXT,
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": CONFORMS_TO,
        "schema_version": SCHEMA_VERSION,
        "record_id": first.id,
        # Nobody's name is known: the record's own number, which only that browser holds, stands for the person.
        "pii_principal_id": first.id,
        "privacy_notice": f"{base_url}/v1/notices/{first.notice}" if first.notice else None,
        "language": first.language,
        "jurisdiction": place,
        "pii_controllers": [
            {
                "name": controller["name"],
                "address": controller["address"],
                "contact": [
                    contact for contact in (controller["email"], controller["data_protection_officer"]) if contact
                ],
                "authority": controller["authority"],
            }
        ]
        if controller
        else [],
        "storage_locations": [_location(shown["hosting_country"])] if shown else [],
        "withdrawal_method": f"{base_url}/privacy/{first.site}",
        "purposes": [_purpose(of, first.purposes) for of in shown.get("purposes", []) if of["id"] in first.purposes]
        or [{"purpose_id": name} for name in first.purposes],
        "services": first.services,
        "events": [_event(record) for record in records],
        "integrity": {"chain": first.chain, "sequence": first.seq, "hash": first.hash},
    }


def _purpose(of: Mapping[str, Any], answers: Mapping[str, bool]) -> dict[str, Any]:
    return {
        "purpose_id": of["id"],
        "purpose": of["name"],
        "description": of["description"],
        "granted": answers[of["id"]],
        "lawful_basis": _BASES[of["legal_basis"]],
        "pii_type": [cookie["name"] for cookie in of["cookies"]],
        "retention_period": of["retention"],
        "recipient_third_parties": [
            {"name": recipient["name"], "country": _location(recipient["country"]), "safeguard": recipient["safeguard"]}
            for recipient in of["recipients"]
        ],
    }


def _event(record: ConsentRecord) -> dict[str, Any]:
    yes = any(record.purposes.values()) or any(record.services.values())
    if record.method in _NO_CONSENT:
        # An act of its own law, which neither gives nor takes back a consent.
        yes, state = False, "ConsentUnknown"
    elif record.method is Method.EXPIRE:
        state = "ConsentExpired"
    elif record.method is Method.WITHDRAW or (record.follows and not yes):
        state = "ConsentWithdrawn"
    else:
        state = "ConsentGiven" if yes else "ConsentRefused"
    return {
        "event_time": _time(record.ts),
        "validity_duration": f"P{max(0, record.expires - record.ts) // 86_400_000}D",
        "entity_id": record.id,
        "event_type": f"{_DPV}ExplicitlyExpressedConsent" if yes else f"{_DPV}ExpressedConsent",
        "event_state": _DPV + state,
        "method": record.method.value,
        "surface": record.surface,
    }


def _location(code: str) -> str | None:
    """A country or state in DPV's locations; nothing for an unknown one."""
    return f"loc:{code}" if code else None


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
