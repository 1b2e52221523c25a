"""How does a badge look? A small SVG that says grade, score and what was checked by what. Pure."""

from xml.sax.saxutils import escape

from kernel.i18n import N_, render, translate
from market.badges.schemas import BadgeOut, BadgeState

COLOURS = {
    BadgeState.PASSED: "#1d7a46",
    BadgeState.FAILED: "#b3261e",
    BadgeState.STALE: "#9a6700",
    BadgeState.OTHER: "#5f6670",
    BadgeState.UNCHECKED: "#5f6670",
}
HEIGHT = 22
WIDE, NARROW, MARGIN = 12.5, 7.2, 16
BEYOND_LATIN = 0x2E80


def badge_svg(badge: BadgeOut) -> str:
    """The badge as SVG. Its description holds both hashes, so a copy can be checked."""
    left, right = translate(N_("数据质量")), words_of(badge)
    first, second = _width(left), _width(right)
    told = escape(f"{badge.title} · {left} · {right}")
    proof = escape(f"version {badge.version_sha256} suite {badge.suite_sha256}")
    colour = COLOURS[badge.state]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{first + second}" height="{HEIGHT}"'
        f' role="img" aria-label="{_quoted(told)}"><title>{told}</title><desc>{proof}</desc>'
        f'<rect width="{first}" height="{HEIGHT}" fill="#3b4048"/>'
        f'<rect x="{first}" width="{second}" height="{HEIGHT}" fill="{colour}"/>'
        '<g fill="#ffffff" font-size="12" text-anchor="middle"'
        ' font-family="Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif">'
        f'<text x="{first / 2}" y="15">{escape(left)}</text>'
        f'<text x="{first + second / 2}" y="15">{escape(right)}</text></g></svg>'
    )


def words_of(badge: BadgeOut) -> str:
    """What stands on the right half."""
    if badge.state in {BadgeState.OTHER, BadgeState.UNCHECKED}:
        return render(badge.state)
    parts = [render(badge.grade)] if badge.grade else []
    if badge.score is not None:
        parts.append(f"{int(badge.score * 10_000) / 100:.2f}")
    if badge.state is not BadgeState.PASSED:
        parts.append(render(badge.state))
    return " · ".join(parts)


def _width(text: str) -> int:
    return round(sum(WIDE if ord(sign) >= BEYOND_LATIN else NARROW for sign in text) + MARGIN)


def _quoted(text: str) -> str:
    return text.replace('"', "&quot;")
