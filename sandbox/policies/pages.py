"""Where does the bureau say what may be asked of a product?"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import validated
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once
from market.catalogue.listing import DeliveryKind
from market.catalogue.reads import get_visible_product, list_delivered
from sandbox.policies import actions, reads
from sandbox.policies.declarations import proposed_policy
from sandbox.policies.rules import ColumnKind, ColumnUse, PrivacyPolicy

bp = Blueprint("policies", __name__, template_folder="templates", url_prefix="/policies")
CAPS = ("licence_epsilon", "buyer_epsilon", "product_epsilon", "family_epsilon")


class PolicyForm(BaseModel):
    """A policy as one page of fields; the columns have fields of their own, by place."""

    model_config = ConfigDict(frozen=True, extra="allow")

    table: str = Field(max_length=100)


@bp.get("/<product_id>")
def show(product_id: str) -> ResponseReturnValue:
    """What may be done with each column, in plain words."""
    actor = current_actor()
    with transaction() as session:
        product = get_visible_product(session, actor, product_id)
        revision = reads.find_policy(session, product_id)
        return render_template(
            "policies/show.html",
            product=product,
            revision=revision,
            policy=revision.policy if revision else None,
            revisions=reads.list_revisions(session, product_id),
            may_set=actor.may(Permission.SET_PRIVACY_POLICY, product.bureau_id),
            forbidden=ColumnUse.FORBIDDEN,
        )


@bp.route("/<product_id>/edit", methods=["GET", "POST"])
def edit(product_id: str) -> ResponseReturnValue:
    """Set a new revision, starting from the one in force or from the dictionary."""
    actor = current_actor()
    with transaction() as session:
        declared = actions.declaration_for(session, actor, product_id)
        product = get_visible_product(session, actor, product_id)
        revision = reads.find_policy(session, product_id)
    start = revision.policy if revision else proposed_policy(declared, "data")
    form = Form(PolicyForm, _fields(start))
    if form.is_sent:
        with form.showing_problems():
            policy = validated(PrivacyPolicy, _policy(start, request.form))
            with transaction() as session:
                claim_once(session, actor.id)
                actions.set_policy(session, actor, product_id, policy)
            flash(translate(N_("隐私策略已生效，受限副本正在准备。")), "good")
            return redirect(url_for("policies.show", product_id=product_id), 303)
    choices = [(column.name, column.name) for column in start.columns]
    page = render_template(
        "policies/edit.html", product=product, policy=start, form=form, choices=choices
    )
    return page, form.status


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Products sold for queries that nobody may ask yet: their bureau has set no policy."""
    if not actor.may(Permission.SET_PRIVACY_POLICY) or actor.organization_id is None:
        return
    sold = list_delivered(session, actor.organization_id, DeliveryKind.SANDBOX)
    ready = reads.with_policy(session, [product.id for product in sold])
    for product in sold:
        if product.id not in ready:
            desk.waiting.append(
                Waiting(
                    title=say(N_("待设定隐私策略：《{title}》"), title=product.title),
                    address=url_for("policies.edit", product_id=product.id),
                    button=translate(N_("设定")),
                    note=translate(N_("设定之前企业不能下单，也不能查询。")),
                )
            )


def _fields(policy: PrivacyPolicy) -> dict[str, Any]:
    """A policy as the initial values of the form."""
    fields: dict[str, Any] = {
        "table": policy.table,
        "unit_column": policy.unit.column if policy.unit else "",
        "unit_label": policy.unit.label if policy.unit else "",
        "rows_per_unit": policy.rows_per_unit,
        "rows_per_cell": policy.rows_per_cell,
        "query_epsilon": policy.query_epsilon,
    }
    for name in CAPS:
        fields[name] = getattr(policy.caps, name) if policy.caps else ""
    for place, column in enumerate(policy.columns):
        if column.domain:
            fields[f"domain-{place}"] = "\n".join(_written(v) for v in column.domain.values)
        if column.clip:
            fields[f"low-{place}"] = column.clip.low
            fields[f"high-{place}"] = column.clip.high
            fields[f"places-{place}"] = column.clip.places
        fields[f"filter-{place}"] = ["yes"] if column.is_filter else []
    return fields


def _policy(start: PrivacyPolicy, sent: Mapping[str, str]) -> dict[str, Any]:
    """The form as a policy, still unchecked. Names and kinds of columns are the dictionary's."""
    unit = sent.get("unit_column", "").strip()
    caps = {name: sent.get(name, "").strip() for name in CAPS}
    return {
        "table": sent.get("table", "").strip(),
        "unit": {"column": unit, "label": sent.get("unit_label", "").strip() or unit}
        if unit
        else None,
        "is_open": not unit,
        "columns": [
            {
                "name": column.name,
                "kind": column.kind.value,
                "description": column.description,
                "domain": _domain(sent.get(f"domain-{place}", ""), column.kind),
                "clip": _clip(sent, place),
                "is_filter": sent.get(f"filter-{place}") == "yes",
            }
            for place, column in enumerate(start.columns)
        ],
        "rows_per_unit": sent.get("rows_per_unit", ""),
        "rows_per_cell": sent.get("rows_per_cell", ""),
        "query_epsilon": sent.get("query_epsilon", ""),
        "caps": caps if any(caps.values()) else None,
    }


def _domain(text: str, kind: ColumnKind) -> dict[str, Any] | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    if kind is ColumnKind.TRUTH:
        return {"values": [line.lower() in {"true", "是", "1"} for line in lines]}
    if kind is ColumnKind.INTEGER and all(line.lstrip("-").isdecimal() for line in lines):
        return {"values": [int(line) for line in lines]}
    return {"values": lines}


def _clip(sent: Mapping[str, str], place: int) -> dict[str, str] | None:
    low, high = sent.get(f"low-{place}", "").strip(), sent.get(f"high-{place}", "").strip()
    if not low and not high:
        return None
    return {"low": low, "high": high, "places": sent.get(f"places-{place}", "").strip() or "0"}


def _written(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
