"""All background work of a gateway: what is done, how often, and by how many of its workers (jobs.py runs it)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gateway.consent import heads, ledger
from gateway.consent.pruning import prune
from gateway.enrich.geo import CHECK_EVERY
from gateway.erasure.tombstones import RELOOK
from gateway.imports.alone import retaining
from gateway.jobs import Job, NotNow
from gateway.reports import mail_report_limits
from gateway.state.notebook import Notebook
from gateway.state.shelf import Shelf
from gateway.studio.serving import REFRESH
from gateway.warehouse import retention
from gateway.wiring import Wiring

DAY = 86_400.0


def schedule(parts: Wiring) -> list[Job]:
    moving = partial(_moving, parts)
    return [
        Job("banners", "banners that other workers published are served", REFRESH, parts.serving.refresh),
        Job(
            "rollup",
            "figures of days with new hits",
            parts.settings.rollup.interval,
            moving(parts.rollup.run),
            leader=True,
        ),
        Job(
            "generations",
            "figures that were replaced are deleted",
            60,
            moving(parts.rollup.delete_old),
            leader=True,
        ),
        Job("tombstones", "what other hosts' visitors had erased or restricted", RELOOK, parts.tombstones.refresh),
        Job("journal looks", "while an erasure waits, the journal is searched for its rows", 5, parts.looks.look),
        # On the rollup's lease: figures are not made from hits that are about to go.
        Job(
            "erasures",
            "what visitors had erased goes",
            3,
            moving(parts.erasing.run),
            leader=True,
            lease="rollup",
        ),
        Job("old tombstones", "tombstones that nothing can undo go", DAY, parts.tombstones.purge, leader=True),
        Job(
            "retention",
            "what is past its limit is deleted",
            DAY,
            moving(partial(_enforce_retention, parts)),
            leader=True,
        ),
        Job(
            "ledger heads", "the last hashes of the ledger are published, signed", 3600, partial(_publish_heads, parts)
        ),
        Job("requests", "requests answered 24 months ago are deleted", 3600, parts.register.purge, leader=True),
        Job("reminders", "letters about requests due soon, once a day", 3600, parts.reminders.send, leader=True),
        Job(
            "letters",
            "figures by e-mail, of the week or month that is over; addresses are asked first",
            60,
            parts.mail_reports.send,
            leader=True,
        ),
        Job("webhooks", "the sites' own systems are told what visitors answered", 3, parts.post.run, leader=True),
        Job("webhook record", "messages past their time are deleted", DAY, parts.outbox.purge, leader=True),
        Job("salts", "tomorrow's salts are made, old ones destroyed", 600, parts.turn_salts),
        Job("site keys", "keys that sign nothing alive are destroyed", DAY, parts.site_keys.destroy_old),
        Job(
            "geography",
            "the geography database is read anew when its file changes",
            CHECK_EVERY,
            parts.geography.check,
        ),
        Job("accounts", "customers' answers that lapsed are deleted", DAY, parts.subjects.purge, leader=True),
        Job(
            "dashboard",
            "what users keep is deleted once nobody needs it",
            DAY,
            partial(_forget_what_users_kept, parts),
            leader=True,
        ),
        Job("sessions", "expired sessions and log-in attempts are deleted", 3600, parts.accounts.purge, leader=True),
    ]


def _moving(parts: Wiring, work: Callable[[], object]) -> Callable[[], object]:
    """A job that rewrites tables: not before they are there, and not while a backup holds them still."""

    def run() -> None:
        if parts.warehouse.is_behind:
            raise NotNow
        with parts.hold.passing() as free:
            if not free:
                raise NotNow
            work()

    return run


def _enforce_retention(parts: Wiring) -> None:
    with retaining(parts.state, parts.clock) as free:
        if free:
            retention.enforce(parts.warehouse, parts.serving.settings, parts.clock)
    prune(parts.warehouse, parts.clock, parts.ledger_keys)


def _forget_what_users_kept(parts: Wiring) -> None:
    """Segments and funnels, notes, addresses of letters, versions of banners; in this order, the warehouse being needed last."""
    months = parts.settings.retention.data_months
    Shelf(parts.state, parts.clock).purge()
    Notebook(parts.state, parts.clock).purge(months)
    mail_report_limits.purge(parts.state, parts.clock)
    parts.versions.purge(months, partial(ledger.policies, parts.warehouse))


def _publish_heads(parts: Wiring) -> None:
    heads.publish(parts.settings.data_dir, parts.clock, parts.ledger_keys)
