"""flask --app wsgi ledger check tells a sound ledger from a broken one."""

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.orders.actions import mark_paid
from tests.factories.billing import HOUSE, make_order


def test_a_sound_ledger_passes(app: Flask, session: Session) -> None:
    mark_paid(session, HOUSE, make_order(session).id)
    session.commit()

    result = app.test_cli_runner().invoke(args=["ledger", "check"])

    assert (result.exit_code, result.output) == (0, "5 entries, 0 imbalances\n")


def test_an_entry_slipped_in_by_hand_is_found(app: Flask, session: Session) -> None:
    mark_paid(session, HOUSE, make_order(session).id)
    session.execute(
        text(
            "INSERT INTO entries (transfer_id, account_code, amount_minor, currency)"
            " SELECT transfer_id, account_code, 7, currency FROM entries LIMIT 1"
        )
    )
    session.commit()

    result = app.test_cli_runner().invoke(args=["ledger", "check"])

    assert result.exit_code == 1
    assert "7 fen" in result.output
