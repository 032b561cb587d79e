"""Matomo's raw exports: visits come out as they went in, from JSON and from CSV, and nothing that may not be kept."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import GatewayError
from gateway.hits import Basis
from gateway.imports.requests import Wanted
from tests.imports.importing import Importer

GOLDEN = Path(__file__).with_name("visits.json")
DAY = date(2026, 11, 19)
CONSENT = Wanted(Basis.CONSENT)


def as_csv(visits: list[dict[str, Any]], name: str = "actionDetails_{number}_{key}") -> bytes:
    """As Matomo writes it: UTF-16 with a mark, one column for each value of each action, lists in them left out."""
    rows = []
    for visit in visits:
        row = {key: value for key, value in visit.items() if key != "actionDetails"}
        for number, action in enumerate(visit["actionDetails"]):
            plain = {key: value for key, value in action.items() if not isinstance(value, list)}
            row |= {name.format(number=number, key=key): value for key, value in plain.items()}
        rows.append(row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-16")


def rows_of(importer: Importer) -> list[dict[str, Any]]:
    return importer.world.warehouse.query(
        "SELECT * EXCEPT (stored, anon, visitor, id, order_id) FROM hits WHERE site = 2 ORDER BY ts, type, id"
    )


def test_an_export_is_the_visits_that_it_says(importer: Importer, tmp_path: Path) -> None:
    tally = importer.run(GOLDEN, wanted=CONSENT)
    assert (tally.read, tally.taken) == (13, 10)
    assert tally.left == {"unknown_action": 1, "unknown_goal": 1, "own_goal": 1}
    result = importer.report(DAY, DAY)
    expected = {
        "visits": 2, "visitors": 2, "pageviews": 3, "bounces": 1, "searches": 1, "events": 1, "event_value": 1.5,
        "downloads": 1, "outlinks": 1, "orders": 1, "revenue": 125.0, "converted_visits": 1, "seconds": 61, "max_actions": 6,
    }  # fmt: skip
    assert {name: result.totals[name] for name in expected} == expected

    def visits_by(dimension: str) -> dict[str, int]:
        return {row[dimension]: row["visits"] for row in importer.report(DAY, DAY, dimension).rows}

    assert visits_by("browser_version") == {"Firefox 126.0": 1, "Mobile Safari 17.5": 1}
    assert visits_by("os_version") == {"Mac OS X 10.15": 1, "iOS 17.5.1"[:8]: 1}
    assert visits_by("device") == {"desktop": 1, "phone": 1}
    assert visits_by("brand") == {"Apple": 1}
    assert visits_by("city") == {"FR Paris": 1, "GB London": 1}
    assert visits_by("region") == {"FR IDF": 1, "GB ENG": 1}
    assert visits_by("language") == {"fr-fr": 1, "en-gb": 1}
    assert visits_by("campaign") == {"autumn": 1}
    assert visits_by("campaign_keyword") == {"boots": 1}
    assert visits_by("referrer_type") == {"search": 1, "campaign": 1}
    assert visits_by("keyword") == {"boots": 1}, "of the campaign; what the engine hid is no keyword"
    assert visits_by("entry_title") == {"Home": 1, "Hats": 1}
    assert {row["outlink"] for row in importer.report(DAY, DAY, "outlink").rows} == {"https://partner.example/x"}
    goals = {row["goal"]: row["conversions"] for row in importer.report(DAY, DAY, "goal").rows}
    assert goals == {"1": 1, "2": 1, "order": 1}

    as_json = rows_of(importer)
    # Lists do not fit into CSV: lines of orders are not in it.
    (tmp_path / "visits.csv").write_bytes(as_csv(json.loads(GOLDEN.read_text())))
    (tmp_path / "other.csv").write_bytes(as_csv(json.loads(GOLDEN.read_text()), "{key} (actionDetails {number})"))
    lines = "\n".join(json.dumps(visit) for visit in reversed(json.loads(GOLDEN.read_text())))
    (tmp_path / "visits.jsonl").write_text(lines)
    for name in ("visits.csv", "other.csv", "visits.jsonl"):
        assert importer.run(tmp_path / name, wanted=CONSENT).taken == 0, "the same visits, whatever they are written in"
    importer.world.warehouse.command("TRUNCATE TABLE hits")
    (tmp_path / "other").mkdir()
    other = Importer(importer.world, tmp_path / "other")
    assert other.run(tmp_path / "visits.csv", wanted=CONSENT).taken == 10
    other.close()
    assert rows_of(importer) == [{**row, "items": []} for row in as_json]


@pytest.mark.parametrize("basis", [Basis.COOKIELESS, Basis.EXEMPT])
def test_without_consent_nothing_personal_comes_along(importer: Importer, basis: Basis) -> None:
    importer.run(GOLDEN, wanted=Wanted(basis))
    rows = importer.world.warehouse.query("SELECT visitor, basis, order_id, country, referrer_path, city FROM hits")
    assert {row["basis"] for row in rows} == {basis}
    if basis is Basis.COOKIELESS:
        assert not any(row["visitor"] for row in rows)
    else:
        assert {(row["order_id"], row["referrer_path"], row["city"]) for row in rows} == {(0, "", "")}
    totals = importer.report(DAY, DAY).totals
    assert (totals["visits"], totals["bounces"], totals["seconds"]) == (2, 1, 61)


def test_what_is_no_export_says_where(importer: Importer, tmp_path: Path) -> None:
    visits = json.loads(GOLDEN.read_text())
    file = tmp_path / "visits.json"
    file.write_text(json.dumps([visits[0], {"idVisit": 3}, {**visits[1], "actionDetails": [{"type": "action"}]}]))
    tally = importer.run(file, wanted=CONSENT)
    assert [str(bad) for bad in tally.bad] == [
        "visits.json:2: a visit has idVisit and actionDetails",
        "visits.json:3: an action has no timestamp",
    ]
    file.write_text(json.dumps(visits)[:-40])
    with pytest.raises(GatewayError, match=r"visits\.json: what follows visit 1 is not JSON, or cut off\."):
        importer.run(file, wanted=CONSENT)
    file.write_text('[{"result": "error"}, 3]')
    with pytest.raises(GatewayError, match=r"visits\.json: visit 2 is not an object\."):
        importer.run(file, wanted=CONSENT)
