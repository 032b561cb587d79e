"""Requests made from what /openapi.json says, right ones and wrong ones: every answer must be one that it tells of.

Schemathesis makes them, from each operation with valid and with invalid values, and holds the answer's status, media type
and body against the description. The gateway is asked in this process, by a token that may do everything; it has no
warehouse, so that what reads in it is 503. Everything follows from a seed. `scripts/fuzz described` sends 20,000.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from requests import Request
from schemathesis.specs.openapi import checks

from gateway.accounts.principal import Principal, Role
from tests.web.visitors import AGENT, Served, served

AT_A_TIME = 1_000
SITE = 1
UNAVAILABLE = 503
HELD_AGAINST: tuple[Callable[..., Any], ...] = (
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)
_SENT = ("method", "url", "headers", "cookies", "params", "json", "data", "files")


class Report(NamedTuple):
    """`findings`: (operation, what is wrong) → the request and the answer that showed it first."""

    answers: Counter[str]
    findings: dict[tuple[str, str], str]


def operations(gateway: Served) -> list[Any]:
    """All that are described."""
    schema: Any = schemathesis.openapi.from_dict(gateway.request("GET", "/openapi.json", {}).json())
    return [found.ok() for found in schema.get_all_operations()]


def run(gateway: Served, asked: list[Any], count: int, seed: int) -> Report:
    """Send `count` requests to the operations `asked`."""
    token = gateway.gateway.accounts.create_token(Principal(f"described {seed}", Role.ADMIN), by="test")
    answers: Counter[str] = Counter()
    findings: dict[tuple[str, str], str] = {}

    strategies: list[st.SearchStrategy[Any]] = [
        _strategy(operation, mode) for operation in asked for mode in schemathesis.GenerationMode
    ]

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=st.one_of(strategies))
    def send(case: Any) -> None:
        method, path, headers, body = _request(case, gateway.url)
        try:
            answer = gateway.request(method, path, {**headers, "authorization": f"Bearer {token}"}, body)
        except Exception as error:
            findings.setdefault((case.operation.label, type(error).__name__), f"{method} {path} {body!r}: {error}")
            return
        answers[str(answer.status_code)] += 1
        for what in _wrong(case, answer):
            findings.setdefault((case.operation.label, what), f"{method} {path} {body!r}: {answer.text[:300]}")

    send()
    return Report(answers, findings)


def _strategy(operation: Any, mode: schemathesis.GenerationMode) -> Any:
    """What is right asks of the site that there is: of others nothing is told but that they are not there."""
    if mode is schemathesis.GenerationMode.NEGATIVE:
        return operation.as_strategy(generation_mode=mode)
    in_path = {"site": SITE} if "{site}" in operation.path else None
    in_query = {"site": SITE} if "site" in operation.query else None
    return operation.as_strategy(generation_mode=mode, path_parameters=in_path, query=in_query)


def _request(case: Any, url: str) -> tuple[str, str, dict[str, str], bytes]:
    made = case.as_transport_kwargs(base_url=url)
    request = Request(**{name: value for name, value in made.items() if name in _SENT}).prepare()
    body: Any = request.body or b""
    headers = {name.lower(): str(value) for name, value in request.headers.items()} | {"user-agent": AGENT}
    return str(request.method), request.path_url, headers, body if isinstance(body, bytes) else body.encode()


def _wrong(case: Any, answer: httpx.Response) -> list[str]:
    found = []
    if answer.status_code >= 500 and answer.status_code != UNAVAILABLE:
        found.append(str(answer.status_code))
    for check in HELD_AGAINST:
        try:
            case.validate_response(answer, checks=[check])
        except schemathesis.core.failures.FailureGroup as failures:
            found += [f"{answer.status_code} {each.title}" for each in failures.exceptions]
    return found


@click.command()
@click.option("--inputs", default=20_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(inputs: int, seed: int) -> None:
    """Send that many requests made from /openapi.json; exit code 1 where an answer is none that it tells of."""
    logging.disable()  # a warehouse that is away is said each time
    began = time.monotonic()
    answers: Counter[str] = Counter()
    findings: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as gateway:
        asked = operations(gateway)
        while (sent := answers.total()) < inputs:
            report = run(gateway, asked, min(AT_A_TIME, inputs - sent), seed + sent)
            answers += report.answers
            findings = {**report.findings, **findings}
            click.echo(f"{answers.total():,} of {inputs:,}: {len(findings)} findings", err=True)
            if not report.answers:
                break
    click.echo(
        f"{answers.total():,} requests made from {len(asked)} described operations in {time.monotonic() - began:,.0f} s"
    )
    click.echo(", ".join(f"{said}: {times:,}" for said, times in sorted(answers.items())))
    for (operation, what), shown in sorted(findings.items()):
        click.echo(f"{operation}: {what}\n  {shown[:600]}")
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    main()
