"""The operator's files name what exists: metrics, their labels, files that other files mount."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.metrics import Metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
_FUNCTIONS = {"by", "le", "sum", "max", "min", "rate", "increase", "deriv", "histogram_quantile", "and", "up"}


def expressions() -> list[tuple[str, str]]:
    """Every PromQL expression, with where it stands."""
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text()
    found = [("alerts.yml", expression) for expression in re.findall(r"^ +expr: (.+)$", alerts, re.MULTILINE)]
    panels = json.loads((DEPLOY / "grafana" / "gateway.json").read_text())["panels"]
    return found + [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]


def samples() -> dict[str, set[str]]:
    """Name of every sample that the gateway can expose → its labels."""
    found: dict[str, set[str]] = {}
    registry = Metrics().registry
    for collector in list(registry._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in registry._collector_to_names[collector]:
            found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return found


def test_every_metric_named_exists_with_its_labels() -> None:
    known = samples()
    named = set()
    for where, expression in expressions():
        bare = re.sub(r'"[^"]*"', '""', expression)
        for name, matchers in re.findall(r"\b(gateway_[a-z_]+)(?:\{([^}]*)\})?", bare):
            assert name in known, f"{where}: {name} is no metric of the gateway"
            named.add(name)
            for label in re.findall(r"([a-z_]+)[!=~]+", matchers):
                assert label in known[name], f"{where}: {name} has no label {label}"
        for grouped in re.findall(r"\bby \(([^)]*)\) \((?:rate|increase)\((gateway_[a-z_]+)", bare):
            labels, name = grouped
            for label in labels.split(", "):
                assert label in known[name], f"{where}: {name} has no label {label}"
        rest = set(re.findall(r"\b[a-z_]{2,}\b", re.sub(r"\{[^}]*\}|gateway_[a-z_]+|\([a-z, ]+\)", " ", bare)))
        assert rest <= _FUNCTIONS, f"{where}: {rest - _FUNCTIONS}"
    assert len(named) >= 20


def test_every_alert_says_what_happened_and_how_urgent_it_is() -> None:
    blocks = (DEPLOY / "prometheus" / "alerts.yml").read_text().split("- alert: ")[1:]
    assert len(blocks) >= 10
    for block in blocks:
        assert re.search(r"severity: (page|warn)\b", block) and re.search(r"summary: \S.{20,}", block), block


def test_dashboard_panels_neither_overlap_nor_leave_the_grid() -> None:
    panels = json.loads((DEPLOY / "grafana" / "gateway.json").read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells


def test_compose_mounts_files_that_exist() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    mounted = re.findall(r"^ +- \./(deploy/[^:]+):", compose, re.MULTILINE)
    assert len(mounted) >= 6
    for path in mounted:
        assert (ROOT / path).exists(), path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_sound_and_hardened(tmp_path: Path) -> None:
    unit = tmp_path / "gateway.service"
    text = (DEPLOY / "systemd" / "gateway.service").read_text()
    unit.write_text(text.replace("/opt/gateway/bin/gateway", shutil.which("true") or "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and str(unit) not in done.stderr, done.stderr
    # 0 is shut off entirely, 10 not at all; 2.0 is what systemd calls OK.
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-300:]
