"""Which bodies exist here, is a credit code right, and until when is a body verified?"""

from datetime import date
from typing import NewType

from kernel.i18n import N_, Labelled

OrganizationId = NewType("OrganizationId", str)

CREDIT_CODE_LENGTH = 18
# GB 32100-2015: digits and capitals without I, O, S, V, Z; the character's place is its value.
CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE_MODULUS = 31
REGION = slice(2, 8)


class OrganizationKind(Labelled):
    """What a body is in authorised operation; it decides which roles its members may hold."""

    SOURCE_DEPARTMENT = "source_department", N_("数源单位")
    BUREAU = "bureau", N_("数据管理部门")
    OPERATOR = "operator", N_("运营机构")
    ENTERPRISE = "enterprise", N_("企业")
    REGISTRAR = "registrar", N_("登记机构")
    PRICE_AUTHORITY = "price_authority", N_("价格主管部门")
    REGULATOR = "regulator", N_("监管部门")
    PUBLIC_INSTITUTION = "public_institution", N_("事业单位")


class RegulatorScope(Labelled):
    """Which records a regulator watches, and which measures are open to that office."""

    DATA = "data", N_("数据")
    PRICE = "price", N_("价格")
    CYBERSPACE = "cyberspace", N_("网信")
    FINANCE = "finance", N_("财政")


class CreditCodeProblem(Labelled):
    """Why eighteen characters are not a unified social credit code."""

    LENGTH = "length", N_("统一社会信用代码应为 18 位。")
    CHARACTER = "character", N_("统一社会信用代码只含数字和大写字母，不含 I、O、S、V、Z。")
    REGION = "region", N_("统一社会信用代码第 3 至 8 位应为登记机关行政区划代码（数字）。")
    CHECK = "check", N_("统一社会信用代码校验位不符，请对照证书逐位核对。")


def compact_credit_code(text: str) -> str:
    """As it is stored: capitals, without the blanks and dashes people type for reading."""
    return "".join(text.split()).replace("-", "").upper()


def check_character(first_seventeen: str) -> str:
    """The last character of a credit code: weights are powers of 3, modulus 31.

    Source: GB 32100-2015, 4.6 and annex; docs/rules/identity.md.
    """
    total = sum(
        CREDIT_CODE_ALPHABET.index(character) * pow(3, place, CREDIT_CODE_MODULUS)
        for place, character in enumerate(first_seventeen)
    )
    return CREDIT_CODE_ALPHABET[-total % CREDIT_CODE_MODULUS]


def credit_code_problem(code: str) -> CreditCodeProblem | None:
    """What is wrong with a compact code; None when nothing is."""
    if len(code) != CREDIT_CODE_LENGTH:
        return CreditCodeProblem.LENGTH
    if any(character not in CREDIT_CODE_ALPHABET for character in code):
        return CreditCodeProblem.CHARACTER
    if not (code[REGION].isascii() and code[REGION].isdigit()):
        return CreditCodeProblem.REGION
    if check_character(code[:-1]) != code[-1]:
        return CreditCodeProblem.CHECK
    return None


def scopes_open_to(
    kind: OrganizationKind, own_scopes: frozenset[RegulatorScope]
) -> frozenset[RegulatorScope]:
    """Which regulator scopes an organisation may give its members.

    The bureau watches data, the price authority prices; a regulator what its office was
    verified for.
    """
    match kind:
        case OrganizationKind.BUREAU:
            return frozenset({RegulatorScope.DATA})
        case OrganizationKind.PRICE_AUTHORITY:
            return frozenset({RegulatorScope.PRICE})
        case OrganizationKind.REGULATOR:
            return own_scopes
        case _:
            return frozenset()


def is_verified_on(verified_until_on: date | None, today: date) -> bool:
    """SU-25: a verification counts to the end of its last day; none, or a past one, does not."""
    return verified_until_on is not None and today <= verified_until_on
