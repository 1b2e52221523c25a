"""Which roles exist, who may hold them, and what may each do? One table, read by everybody."""

from collections.abc import Iterable, Mapping

from kernel.actor import Permission
from kernel.i18n import N_, Labelled
from market.organizations.rules import OrganizationKind


class Role(Labelled):
    """A named set of permissions that one person holds in one organisation."""

    SOURCE_DEPARTMENT = "source_department", N_("数源单位经办人")
    BUREAU_OFFICER = "bureau_officer", N_("数据局经办人")
    BUREAU_APPROVER = "bureau_approver", N_("数据局审批人")
    OPERATOR = "operator", N_("运营人员")
    REGISTRAR = "registrar", N_("登记人员")
    PRICE_AUTHORITY = "price_authority", N_("价格核定人员")
    ANALYST = "analyst", N_("分析人")
    PURCHASER = "purchaser", N_("采购人")
    FINANCE_CLERK = "finance_clerk", N_("财务人员")
    APPRAISER = "appraiser", N_("评估人")
    AUDITOR = "auditor", N_("审计人")
    OUTPUT_CHECKER = "output_checker", N_("输出审查人")
    REGULATOR = "regulator", N_("监管人员")
    ADMINISTRATOR = "administrator", N_("单位管理员")


# The table. An act needs its permission, and most acts also the right organisation and state.
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.SOURCE_DEPARTMENT: frozenset(
        {
            Permission.GIVE_CONSENT,
            Permission.APPLY_FOR_REGISTRATION,
            Permission.REGISTER_DATASET,
            Permission.DELIVER_VERSION,
            Permission.CHECK_QUALITY,
        }
    ),
    Role.BUREAU_OFFICER: frozenset(
        {
            Permission.VERIFY_ORGANIZATION,
            Permission.APPLY_FOR_REGISTRATION,  # of what the bureau itself holds
            Permission.READ_REGISTRATIONS,
            Permission.REGISTER_DATASET,
            Permission.DELIVER_VERSION,
            Permission.CHECK_QUALITY,
            Permission.DRAFT_PRODUCT,
            Permission.ANSWER_DEMAND,
            Permission.RECHECK_RECTIFICATION,
            Permission.PROPOSE_PLAN,
            Permission.REVIEW_APPLICATION,
            Permission.SET_PRIVACY_POLICY,
            Permission.SEE_PRIVACY_BUDGET,
            Permission.SEE_REVENUE,
        }
    ),
    Role.BUREAU_APPROVER: frozenset(
        {
            Permission.PUBLISH_PRODUCT,
            Permission.SUSPEND_PRODUCT,
            Permission.ANSWER_DEMAND,
            Permission.READ_REGISTRATIONS,
            Permission.APPROVE_PLAN,
            Permission.SIGN_AUTHORIZATION,
            Permission.SUSPEND_AUTHORIZATION,
            Permission.APPROVE_APPLICATION,
            Permission.SET_PRIVACY_POLICY,
            Permission.SEE_PRIVACY_BUDGET,
            Permission.SET_SHARES,
            Permission.SEE_REVENUE,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            Permission.DELIVER_VERSION,
            Permission.CHECK_QUALITY,
            Permission.DRAFT_PRODUCT,
            Permission.SUSPEND_PRODUCT,
            Permission.APPLY_FOR_REGISTRATION,
            Permission.SIGN_AUTHORIZATION,
            Permission.SET_PRICE,
            Permission.REVIEW_APPLICATION,
            Permission.SIGN_LICENCE_AS_SUPPLIER,
            Permission.ANSWER_REVIEW,
            Permission.SEE_PRIVACY_BUDGET,
            Permission.SEE_REVENUE,
            Permission.RECORD_COST,
        }
    ),
    Role.REGISTRAR: frozenset({Permission.REVIEW_REGISTRATION}),
    Role.PRICE_AUTHORITY: frozenset({Permission.SET_CAP}),
    Role.ANALYST: frozenset(
        {
            Permission.APPLY_FOR_LICENCE,
            Permission.ASK_FOR_DATA,
            Permission.RATE_PRODUCT,
            Permission.RUN_QUERY,
            Permission.SEE_PRIVACY_BUDGET,
        }
    ),
    Role.PURCHASER: frozenset(
        {
            Permission.APPLY_FOR_LICENCE,
            Permission.ASK_FOR_DATA,
            Permission.RATE_PRODUCT,
            Permission.APPROVE_PURCHASE,
            Permission.SIGN_LICENCE_AS_BUYER,
            Permission.PLACE_ORDER,
        }
    ),
    Role.FINANCE_CLERK: frozenset(
        {
            Permission.RECORD_COST,
            Permission.KEEP_BOOKS,
            Permission.READ_BOOKS,
            Permission.SEE_REVENUE,
        }
    ),
    Role.APPRAISER: frozenset({Permission.APPRAISE, Permission.SIGN_APPRAISAL}),
    Role.AUDITOR: frozenset({Permission.READ_BOOKS}),
    # Noisy answers are released by rule (SB-01); the gate of two persons comes with its outputs.
    Role.OUTPUT_CHECKER: frozenset({Permission.SEE_RELEASES}),
    Role.REGULATOR: frozenset(
        {
            Permission.SEE_TIMELINE,
            Permission.READ_REGISTRATIONS,
            Permission.WORK_ALERT,
            Permission.ORDER_INTERVENTION,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.MANAGE_MEMBERS,
            Permission.SUBMIT_VERIFICATION,
            Permission.ADMINISTER,
        }
    ),
}
# An objection is named (RG-07): whoever belongs to a verified body may raise one.
EVERY_MEMBER = frozenset({Permission.ISSUE_TOKEN, Permission.OBJECT_TO_REGISTRATION})

# Acts for oneself. Every other one waits for the verification of the organisation: whoever founds
# a "bureau" gets no power of a bureau by that. Buying is refused where it happens, with SU-25.
BEFORE_VERIFICATION = frozenset(
    {
        Permission.MANAGE_MEMBERS,
        Permission.SUBMIT_VERIFICATION,
        Permission.ISSUE_TOKEN,
        Permission.APPLY_FOR_LICENCE,
        Permission.ASK_FOR_DATA,
        Permission.RATE_PRODUCT,
        Permission.APPROVE_PURCHASE,
        Permission.SIGN_LICENCE_AS_BUYER,
        Permission.PLACE_ORDER,
        Permission.RUN_QUERY,
        Permission.SEE_PRIVACY_BUDGET,
        Permission.RECORD_COST,
        Permission.KEEP_BOOKS,
        Permission.READ_BOOKS,
        Permission.APPRAISE,
        Permission.SIGN_APPRAISAL,
    }
)
# The installation is looked after by the bureau that runs it.
ONLY_FOR_A_BUREAU = frozenset({Permission.ADMINISTER})

# Revenue is shared among those who provide, operate and govern data; the others only buy.
EARNING = frozenset(
    {
        OrganizationKind.BUREAU,
        OrganizationKind.OPERATOR,
        OrganizationKind.SOURCE_DEPARTMENT,
        OrganizationKind.PUBLIC_INSTITUTION,
    }
)
ONLY_WHERE_EARNED = frozenset({Permission.SEE_REVENUE})

_EVERYWHERE = frozenset({Role.ADMINISTRATOR, Role.FINANCE_CLERK, Role.APPRAISER, Role.AUDITOR})
_BUYS = frozenset({Role.ANALYST, Role.PURCHASER})
ROLES_OPEN_TO: Mapping[OrganizationKind, frozenset[Role]] = {
    OrganizationKind.SOURCE_DEPARTMENT: _EVERYWHERE | {Role.SOURCE_DEPARTMENT},
    OrganizationKind.BUREAU: _EVERYWHERE
    | {Role.BUREAU_OFFICER, Role.BUREAU_APPROVER, Role.OUTPUT_CHECKER, Role.REGULATOR},
    OrganizationKind.OPERATOR: _EVERYWHERE | {Role.OPERATOR, Role.OUTPUT_CHECKER},
    OrganizationKind.ENTERPRISE: _EVERYWHERE | _BUYS,
    OrganizationKind.REGISTRAR: _EVERYWHERE | {Role.REGISTRAR},
    OrganizationKind.PRICE_AUTHORITY: _EVERYWHERE | {Role.PRICE_AUTHORITY, Role.REGULATOR},
    OrganizationKind.REGULATOR: _EVERYWHERE | {Role.REGULATOR},
    OrganizationKind.PUBLIC_INSTITUTION: _EVERYWHERE | _BUYS | {Role.SOURCE_DEPARTMENT},
}


def permissions_of(
    roles: Iterable[Role], kind: OrganizationKind, *, is_verified: bool
) -> frozenset[Permission]:
    """What a member may do: the table, for roles open to that kind, as far as verified."""
    held = EVERY_MEMBER.union(*(PERMISSIONS[role] for role in ROLES_OPEN_TO[kind] & set(roles)))
    if kind is not OrganizationKind.BUREAU:
        held -= ONLY_FOR_A_BUREAU
    if kind not in EARNING:
        held -= ONLY_WHERE_EARNED
    return held if is_verified else held & BEFORE_VERIFICATION
