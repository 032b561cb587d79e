"""The letter with a site's figures: a text and an HTML part, without styles, pictures or anything that tells it was read."""

from __future__ import annotations

from gateway.consent.cldr import country_in_words, money_in_words
from gateway.reports.guarded import Told
from gateway.reports.mail_reports import Letter
from gateway.reports.overview import Overview, Table
from gateway.sites.catalog import ServedSite
from gateway.web.pages import catalogue, environment

# Separators of thousands and decimals (CLDR).
_SIGNS = {"en": (",", "."), "fr": ("\u202f", ","), "de": (".", ",")}
_RATES = frozenset({"bounce_rate", "conversion_rate"})
_SECONDS = frozenset({"avg_seconds", "engaged_seconds"})
_SHOWN = frozenset({"page", "entry_page", "referrer_type", "country", "device", "goal"})
_NAMED = frozenset({"referrer_type", "device"})


def letter(served: ServedSite, overview: Overview, language: str, stop: str) -> Letter:
    """`stop` is the link that ends these letters; empty in a preview."""
    text = catalogue(language)
    name = " ".join(served.site.name.split())
    span = f"{overview.first} – {overview.last}"
    currency = served.site.currency
    headline = [
        (
            text["metrics"][metric],
            figure(metric, overview.totals[metric], language, currency),
            _change(overview, metric),
        )
        for metric in overview.metrics
    ]
    goals = {str(goal.id): goal.name for goal in served.site.goals}
    tables = [
        {
            "title": text["dimensions"].get(table.dimension, table.dimension),
            "heads": [text["metrics"].get(metric, metric) for metric in table.metrics],
            "rows": [_row(table, row, language, goals, currency) for row in table.rows],
        }
        for table in overview.tables
        if table.dimension in _SHOWN and not table.channel and table.rows
    ]
    values = {
        "text": text,
        "site": name,
        "span": span,
        "headline": headline,
        "tables": tables,
        "stop": stop,
        "language": language,
    }
    subject = text["letters"]["subject"].replace("{site}", name).replace("{span}", span)
    pages = environment()
    return Letter(
        subject, pages.get_template("letter.txt").render(values), pages.get_template("letter.html").render(values)
    )


def asking(served: ServedSite, kind: str, language: str, confirm: str, stop: str) -> Letter:
    """The first letter to an address: whether it wants the others. `confirm` and `stop` are links."""
    name = " ".join(served.site.name.split())
    text = catalogue(language)
    values = {"text": text, "site": name, "kind": kind, "confirm": confirm, "stop": stop, "language": language}
    pages = environment()
    plain, html = (pages.get_template(f"letter_asking.{form}").render(values) for form in ("txt", "html"))
    return Letter(text["letters"]["asking"].replace("{site}", name), plain, html)


def figure(metric: str, value: object, language: str, currency: str) -> str:
    """A figure as the language writes it; – where it is hidden. `currency` (ISO 4217) is that of sums of money."""
    if not isinstance(value, (int, float)):
        return "–"
    if metric == "revenue":
        return money_in_words(value, currency, language)
    thousands, point = _SIGNS[language]
    if metric in _RATES:
        return f"{value * 100:.0f}\u00a0%" if language != "en" else f"{value * 100:.0f}%"
    if metric in _SECONDS:
        return f"{int(value) // 60}:{int(value) % 60:02}"
    if metric == "actions_per_visit":
        return f"{value:.1f}".replace(".", point)
    return f"{value:,.0f}".replace(",", thousands)


def _change(overview: Overview, metric: str) -> str:
    now, before = overview.totals[metric], overview.before[metric]
    if not isinstance(now, (int, float)) or not isinstance(before, (int, float)) or not before or overview.cut:
        return ""
    return f"{(now / before - 1) * 100:+.0f}%"


def _row(table: Table, row: Told, language: str, goals: dict[str, str], currency: str) -> list[str]:
    value = str(row[table.dimension])
    words = catalogue(language)["values"]
    if table.dimension in _NAMED:
        value = words.get(value, value)
    if table.dimension == "country" and value:
        value = country_in_words(value, language)
    if table.dimension == "goal":
        value = words["order"] if value == "order" else goals.get(value, value)
    return [value or words["unknown"], *(figure(metric, row[metric], language, currency) for metric in table.metrics)]
