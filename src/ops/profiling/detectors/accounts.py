"""Accounts, cards, logins and numbers under which somebody keeps a person."""

from __future__ import annotations

from typing import Final

from lineage.kernel.roles import ColumnRole
from ops.profiling.detectors import check_digits
from ops.profiling.detectors.detector import Detector

_DIRECT: Final = ColumnRole.DIRECT_IDENTIFIER

ACCOUNTS: Final = (
    Detector(
        kind="iban",
        meaning="IBANs",
        role=_DIRECT,
        names=("iban", "bank account"),
        form=r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$",
        separators=" ",
        check=check_digits.iban,
        chance=1 / 97,
        hipaa="J",
        is_hidden=True,
        source="ISO 13616-1",
    ),
    Detector(
        kind="card_number",
        meaning="numbers of payment cards",
        role=_DIRECT,
        names=("card number", "credit card", "debit card", "card no", "ccn", "kreditkarte"),
        form=(
            r"^(?:4\d{12}(?:\d{3}){0,2}"  # Visa
            r"|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}"  # Mastercard
            r"|3[47]\d{13}"  # American Express
            r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
            r"|6(?:011|4[4-9]\d|5\d{2})\d{12}"  # Discover
            r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
            r"|62\d{14,17})$"  # UnionPay
        ),
        separators=" -",
        check=check_digits.luhn,
        chance=0.1,
        hipaa="J",
        is_hidden=True,
        source="ISO/IEC 7812-1; issuers' published ranges",
    ),
    Detector(
        kind="secret",
        meaning="passwords",
        role=_DIRECT,
        names=("password", "passwort", "passphrase", "passwd"),
        hipaa="R",
        is_hidden=True,
    ),
    Detector(
        kind="record_number",
        meaning="identifiers of records or accounts",
        role=_DIRECT,
        names=(
            "username",
            "account number",
            "account no",
            "medical record",
            "mrn",
            "license plate",
        ),
        endings=("id", "ids", "uuid", "guid", "guids", "uid", "login"),
        hipaa="R",
        is_hidden=True,
    ),
)
