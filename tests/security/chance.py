"""Many of the requests of fuzzing.py: `scripts/fuzz chance`."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path

import click

from tests.security.fuzzing import FINDINGS, Finding, Fuzzer, findings, run, seeds
from tests.web.visitors import served

AT_A_TIME = 50_000  # between two lines about how far it is


@click.command()
@click.option("--inputs", default=1_000_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--keep", is_flag=True, help="Write what is found into the corpus.")
def main(inputs: int, seed: int, keep: bool) -> None:
    """Send that many made-up requests to a gateway in this process; exit code 1 where one is answered 5xx or too slowly."""
    began, sent, slowest = time.monotonic(), 0, 0.0
    answers: Counter[str] = Counter()
    found: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as gateway:
        requests = Fuzzer([*seeds(gateway), *findings()], seed).requests()
        while sent < inputs:
            report = run(gateway, requests, min(AT_A_TIME, inputs - sent))
            sent += report.sent
            slowest = max(slowest, report.slowest)
            answers += report.answers
            found += report.findings
            click.echo(
                f"{sent:,} of {inputs:,}: {len(found)} findings; slowest {slowest * 1000:.1f} ms of processor time",
                err=True,
            )
    click.echo(
        f"{sent:,} inputs in {time.monotonic() - began:,.0f} s; slowest {slowest * 1000:.1f} ms of processor time"
    )
    click.echo(", ".join(f"{said}: {times:,}" for said, times in sorted(answers.items())))
    for finding in found[:50]:
        click.echo(f"{finding.what}\n  {finding.request.line()[:600]}")
    if keep:
        with FINDINGS.open("a") as corpus:
            corpus.writelines(finding.request.line() + "\n" for finding in found)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
