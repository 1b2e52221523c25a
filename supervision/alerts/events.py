"""What happened to alerts?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class AlertRaised(Event):
    """A monitoring rule was met for the first time that day by this subject and object."""

    name = "supervision.alert_raised"
    sentence = N_("监测规则 {rule_id} 触发{severity}预警：{title}")

    alert_id: str
    rule_id: str
    severity: str
    title: str
    party_id: str
    about_id: str


@dataclass(frozen=True)
class AlertReopened(Event):
    """It happened again on the same day, after the alert had been closed."""

    name = "supervision.alert_reopened"
    sentence = N_("预警“{title}”（{rule_id}）当日再次触发，重新打开")

    alert_id: str
    rule_id: str
    title: str


@dataclass(frozen=True)
class AlertTaken(Event):
    """A person took the alert in hand."""

    name = "supervision.alert_taken"
    sentence = N_("监管人员接办预警“{title}”（{rule_id}）")

    alert_id: str
    rule_id: str
    title: str


@dataclass(frozen=True)
class AlertClosed(Event):
    """The person who had it in hand closed it, with a reason."""

    name = "supervision.alert_closed"
    sentence = N_("监管人员办结预警“{title}”（{rule_id}）：{outcome}。{reason}")

    alert_id: str
    rule_id: str
    title: str
    outcome: str
    reason: str
