"""Check digits and ranges of numbers that are given to people and accounts.

Each function takes a value of the detector's form, without separators, and tells whether it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
_DNI_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_CF_ODD_DIGITS: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_CF_ODD_REST: Final = (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_CF_ODD: Final = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (*_CF_ODD_DIGITS, *_CF_ODD_DIGITS, *_CF_ODD_REST),
        strict=True,
    )
)
_NINO_NEVER: Final = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def luhn(text: str) -> bool:
    """Tell whether the last digit is that of Luhn's formula.

    Source: ISO/IEC 7812-1, annex B; Luhn, US patent 2,950,048 (1960).
    """
    digits = _digits(text)
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Tell whether an IBAN has its country's length and a remainder of 1 by 97.

    Source: ISO 13616-1; ISO/IEC 7064, MOD 97-10; the IBAN registry of SWIFT for the lengths.
    """
    if len(text) != _IBAN_LENGTHS.get(text[:2]):
        return False
    return int("".join(f"{int(char, 36)}" for char in text[4:] + text[:4])) % 97 == 1


def us_ssn(text: str) -> bool:
    """Tell whether area, group and serial of a Social Security number can be issued.

    Source: SSA POMS RM 10201.035 (no area 000, 666 or 900-999, no group 00, no serial 0000).
    """
    digits = text.replace("-", "")
    area = digits[:3]
    is_area = area not in {"000", "666"} and area < "900"
    return is_area and digits[3:5] != "00" and digits[5:] != "0000"


def nanp_phone(text: str) -> bool:
    """Tell whether area and exchange of a North American phone number begin with 2 to 9.

    Source: North American Numbering Plan Administration, NPA and NXX format.
    """
    digits = "".join(char for char in text if char.isdigit())[-10:]
    return digits[0] > "1" and digits[3] > "1"


def de_tax_id(text: str) -> bool:
    """Tell whether a German tax identification number has its digits and check digit.

    One of the first ten digits occurs twice or three times, the others at most once.

    Source: section 139b AO and 139a-d AO regulation; ISO/IEC 7064, MOD 11,10.
    """
    digits = _digits(text)
    counts = sorted((digits[:10].count(digit) for digit in set(digits[:10])), reverse=True)
    if counts[0] not in {2, 3} or counts[1] != 1:
        return False
    product = 10
    for digit in digits[:10]:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == digits[10]


def fr_nir(text: str) -> bool:
    """Tell whether the key of a French social security number is its complement to 97.

    Source: INSEE, numero d'inscription au repertoire, article R. 114-26 of the code de la
    securite sociale; Corsican departments 2A and 2B count as 19 and 18.
    """
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def es_dni(text: str) -> bool:
    """Tell whether the letter of a Spanish DNI or NIE is that of its number.

    Source: Ministerio del Interior, calculo del digito de control del NIF/NIE.
    """
    first = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0])
    return _DNI_LETTERS[int(first + text[1:-1]) % 23] == text[-1]


def it_codice_fiscale(text: str) -> bool:
    """Tell whether the last letter of an Italian codice fiscale is that of the other characters.

    Source: decree of the Ministero delle Finanze no. 13813 of 23 December 1976.
    """
    even = sum(int(char) if char.isdigit() else ord(char) - ord("A") for char in text[1:15:2])
    odd = sum(_CF_ODD[char] for char in text[0:15:2])
    return chr(ord("A") + (even + odd) % 26) == text[15]


def uk_nino(text: str) -> bool:
    """Tell whether the prefix of a British National Insurance number can be issued.

    Source: HMRC, National Insurance Manual, NIM39110.
    """
    return text[:2] not in _NINO_NEVER


def nl_bsn(text: str) -> bool:
    """Tell whether a Dutch citizen service number passes the test of eleven.

    Source: RvIG, Logisch Ontwerp BSN (weights 9 to 2, the last -1, remainder 0 by 11).
    """
    digits = _digits(text.zfill(9))
    total = _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1))
    return any(digits) and total % 11 == 0


def pl_pesel(text: str) -> bool:
    """Tell whether a Polish PESEL has a date of birth and its check digit.

    Source: Polish act on population records of 24 September 2010, art. 15; weights 1, 3, 7, 9.
    """
    digits = _digits(text)
    century, month = divmod(int(text[2:4]), 20)
    year = (1900, 2000, 2100, 2200, 1800)[century] + int(text[:2])
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    return _is_date(year, month, int(text[4:6])) and _weighted(digits, weights) % 10 == 0


def se_personnummer(text: str) -> bool:
    """Tell whether a Swedish personal or coordination number has a date and its check digit.

    Source: Skatteverket, SKV 704; the day of a coordination number is 60 more.
    """
    digits = text.replace("-", "").replace("+", "")
    short = digits[-10:]
    day = int(short[4:6]) % 60
    # 2000 was a leap year, as was every year of two digits that 4 divides but 1900.
    year = int(digits[:4]) if len(digits) > len(short) else 2000 + int(short[:2])
    return _is_date(year, int(short[2:4]), day) and luhn(short)


def ipv4(text: str) -> bool:
    """Tell whether the four numbers of an address fit a byte.

    Source: RFC 791.
    """
    return ":" in text or all(int(part) < 256 for part in text.partition("/")[0].split("."))  # noqa: PLR2004  # a byte


def _digits(text: str) -> list[int]:
    return [int(char) for char in text]


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
