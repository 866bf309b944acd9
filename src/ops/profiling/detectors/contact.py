"""Ways to reach a person, and the addresses of their devices."""

from __future__ import annotations

from typing import Final

from lineage.kernel.roles import ColumnRole
from ops.profiling.detectors import check_digits
from ops.profiling.detectors.detector import Detector

_DIRECT: Final = ColumnRole.DIRECT_IDENTIFIER

CONTACT: Final = (
    Detector(
        kind="email",
        meaning="e-mail addresses",
        role=_DIRECT,
        names=("email", "mail", "emails", "correo"),
        form=r"^(?:mailto:)?[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]{2,}$",
        is_telling=True,
        hipaa="F",
        is_hidden=True,
        source="RFC 5322, addr-spec",
    ),
    Detector(
        kind="phone_international",
        meaning="international phone numbers",
        role=_DIRECT,
        names=("phone", "telephone", "mobile", "fax", "telefon", "telefono", "phones", "msisdn"),
        form=r"^\+[1-9]\d{6,14}$",
        separators=" ()/.-",
        is_telling=True,
        hipaa="D",
        is_hidden=True,
        source="ITU-T E.164: up to 15 digits after the plus sign",
    ),
    Detector(
        kind="phone_north_america",
        meaning="North American phone numbers",
        role=_DIRECT,
        names=("phone", "telephone", "mobile", "fax"),
        form=r"^(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}$",
        check=check_digits.nanp_phone,
        is_telling=True,
        hipaa="D",
        is_hidden=True,
        source="North American Numbering Plan",
    ),
    Detector(
        kind="phone_national",
        meaning="national phone numbers",
        role=_DIRECT,
        names=("phone", "telephone", "mobile", "fax", "telefon", "telefono", "tel"),
        form=r"^0?[1-9]\d{5,12}$",
        separators=" ()/.-",
        hipaa="D",
        is_hidden=True,
        source="ITU-T E.164: national numbers with a trunk prefix",
    ),
    Detector(
        kind="ip_address",
        meaning="IP addresses",
        role=_DIRECT,
        endings=("ip", "ips", "ip address", "ip addr", "ipv", "remote addr"),
        form=(
            r"^\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?$"
            r"|^(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}$"
            r"|^(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?::[0-9A-Fa-f:]*(?:[%/]\w+)?$"
        ),
        check=check_digits.ipv4,
        is_telling=True,
        hipaa="O",
        is_hidden=True,
        source="RFC 791 and RFC 4291",
    ),
    Detector(
        kind="mac_address",
        meaning="MAC addresses",
        role=_DIRECT,
        endings=("mac", "mac address"),
        form=r"^[0-9A-Fa-f]{2}(?:[-:][0-9A-Fa-f]{2}){5}$",
        is_telling=True,
        hipaa="M",
        is_hidden=True,
        source="IEEE 802, EUI-48",
    ),
)
