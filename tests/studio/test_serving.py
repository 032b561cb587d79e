"""What workers serve: the same versions, swapped whole, whoever published, was killed, or reloaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.accounts.audit_log import Action, AuditLog
from gateway.clock import FrozenClock
from gateway.errors import Conflict, NotFound, SettingsError
from gateway.settings import Settings
from gateway.settings_loader import Loaded
from gateway.sites.catalog import GRACE, ServedSite
from gateway.sites.drafts import Draft, Look, PurposeWords
from gateway.sites.policy import fingerprint
from gateway.sites.site import Site
from gateway.state.database import State
from gateway.studio.comparison import compare
from gateway.studio.serving import Serving
from gateway.studio.versions import Versions
from tests.web.visitors import SHOP, START

LOOK = Draft(appearance=Look(layout="card"), texts={"fr": {"title": "Vos choix"}})
LONGER = Draft(purposes={"analytics": PurposeWords(retention="6 months.")})
BROKEN = Draft(texts={"en": {"reject_all": "No, I don't care about my privacy"}})


class Host:
    """The state database, and workers on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FrozenClock(START)
        self.state = State("", folder)
        self.audit = AuditLog(self.state, self.clock, 25)
        self.versions = Versions(self.state, self.clock, self.audit)

    def worker(self, *sites: Site) -> Serving:
        settings = Settings(data_dir=self.folder, sites=sites or (SHOP,))
        return Serving(Loaded(settings, {}), self.versions, self.clock, lambda _site: None)

    def publish(self, draft: Draft, live: int, by: str = "ada") -> int:
        kept = self.versions.save(1, draft, self.versions.draft(1).revision, by)
        return self.versions.publish(1, kept.revision, live, "f" * 16, by).number


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path)
    yield made
    made.state.close()


def shop(worker: Serving) -> ServedSite:
    found = worker.catalog.get(1)
    assert found is not None
    return found


def test_every_worker_serves_what_one_published_and_a_new_one_from_its_start(host: Host) -> None:
    first, second = host.worker(), host.worker()
    before = shop(second)
    assert not second.refresh()
    assert host.publish(LOOK, 0) == 1
    assert shop(second) is before
    assert first.refresh() and second.refresh() and not second.refresh()
    for worker in (first, second, host.worker()):
        assert shop(worker).site.appearance.layout == "card" and shop(worker).site.texts["fr"]["title"] == "Vos choix"
        assert shop(worker).fingerprint == before.fingerprint
        assert worker.settings.sites[0] == shop(worker).site and worker.configured.sites[0] == SHOP


def test_killed_before_its_swap_it_comes_back_with_one_version(host: Host) -> None:
    """The version is one row: it is there with its line in the audit log, or neither is."""
    host.publish(LOOK, 0)
    killed = host.worker()  # started before the next publication, and never told of it
    host.publish(LONGER, 1)
    assert shop(killed).site.appearance.layout == "card"
    back = host.worker()
    assert shop(back).site.appearance.layout == "bar" and shop(back).site != shop(killed).site
    assert [entry.action for entry in host.audit.latest() if entry.action is Action.BANNER_PUBLISHED] == [
        Action.BANNER_PUBLISHED,
        Action.BANNER_PUBLISHED,
    ]
    with pytest.raises(Conflict):
        host.versions.publish(1, 2, 1, "f" * 16, "eve")
    assert host.versions.numbers() == {1: 2} and len(host.audit.latest()) == 3


def test_a_policy_that_was_replaced_can_be_answered_for_as_long_as_a_visit(host: Host) -> None:
    worker = host.worker()
    old = shop(worker)
    host.publish(LONGER, 0)
    worker.refresh()
    new = shop(worker)
    assert new.fingerprint != old.fingerprint == fingerprint(SHOP)
    for one in (worker, host.worker()):  # one that started since knows it too
        earlier = one.catalog.earlier(shop(one), old.fingerprint, host.clock.timestamp())
        assert earlier is not None and earlier.site == SHOP
        assert one.catalog.earlier(shop(one), "unknown", host.clock.timestamp()) is None
        assert one.catalog.earlier(shop(one), new.fingerprint, host.clock.timestamp()) is None
    host.clock.advance(timedelta(seconds=GRACE + 1))
    for one in (worker, host.worker()):
        assert one.catalog.earlier(shop(one), old.fingerprint, host.clock.timestamp()) is None


def test_of_two_editors_the_second_is_told(host: Host) -> None:
    versions = host.versions
    assert versions.save(1, LOOK, 0, "ada").revision == 1
    with pytest.raises(Conflict, match="ada has changed"):
        versions.save(1, LONGER, 0, "bob")
    assert versions.save(1, LONGER, 1, "bob").revision == 2
    with pytest.raises(Conflict):
        versions.save(1, LOOK, 1, "ada")
    with pytest.raises(Conflict, match="draft was changed"):
        versions.publish(1, 1, 0, "f" * 16, "ada")
    assert versions.publish(1, 2, 0, "f" * 16, "bob").number == 1
    with pytest.raises(Conflict, match="Another version"):
        versions.publish(1, 2, 0, "f" * 16, "ada")
    with pytest.raises(Conflict, match="Another version"):
        versions.roll_back(1, 0, 0, "f" * 16, "ada")
    assert [version.by for version in versions.history(1)] == ["bob"] and versions.draft(1).draft == LONGER


def test_rolling_back_brings_an_earlier_version_and_leaves_unpublished_work(host: Host) -> None:
    host.publish(LOOK, 0)
    host.publish(LONGER, 1)
    worker = host.worker()
    back = host.versions.roll_back(1, 1, 2, "f" * 16, "ada")
    assert (back.number, back.again, back.draft) == (3, 1, LOOK) and host.versions.draft(1).draft == LOOK
    assert worker.refresh() and shop(worker).site.appearance.layout == "card"
    own = Draft(choice_months=3)
    host.versions.save(1, own, host.versions.draft(1).revision, "bob")
    assert host.versions.roll_back(1, 0, 3, "f" * 16, "ada").draft == Draft()
    assert worker.refresh() and shop(worker).site == SHOP and host.versions.draft(1).draft == own
    with pytest.raises(NotFound):
        host.versions.roll_back(1, 9, 4, "f" * 16, "ada")
    newest = host.audit.latest(1)[0]
    assert (newest.action, newest.user, newest.site) == (Action.BANNER_ROLLED_BACK, "ada", 1)
    assert "version 4, which is version 0 again" in newest.detail


def test_a_reload_swaps_sites_and_says_what_has_to_wait(host: Host) -> None:
    worker = host.worker()
    host.publish(LOOK, 0)
    worker.refresh()
    before, hash_before = shop(worker), worker.configuration
    other = msgspec.structs.replace(SHOP, id=2, domains=("other.example",))
    renamed = msgspec.structs.replace(SHOP, name="The Shop")
    new = msgspec.structs.replace(worker.configured, sites=(renamed, other), port=9, data_dir=host.folder)
    done = worker.reload(Loaded(new, {}))
    assert (done.sites, done.restart) == (2, ("port",)) and done.configuration == worker.configuration != hash_before
    assert worker.settings.port == 8000
    assert shop(worker).site.name == "The Shop" and shop(worker).site.appearance.layout == "card"
    assert worker.catalog.get(2) is not None and before.site.name == "Shop"


def test_a_configuration_that_a_published_banner_does_not_fit_changes_nothing(host: Host) -> None:
    """French for the site's own refusal: sound words today, and a label that equals another's tomorrow."""
    worker = host.worker()
    host.publish(Draft(texts={"en": {"accept_all": "Yes to everything"}}), 0)
    worker.refresh()
    before = shop(worker)
    twisted = msgspec.structs.replace(SHOP, texts={"en": {"reject_all": "Continue"}})
    with pytest.raises(SettingsError, match="version 1 of the banner studio"):
        worker.reload(Loaded(msgspec.structs.replace(worker.configured, sites=(twisted,)), {}))
    assert shop(worker) is before


def test_a_published_banner_that_fits_no_more_is_left_out_at_a_start(host: Host) -> None:
    host.publish(BROKEN, 0)
    worker = host.worker()
    assert shop(worker).site == SHOP


@pytest.mark.parametrize(
    ("draft", "because"),
    [
        (LOOK, []),
        (Draft(purposes={"analytics": PurposeWords(description="Counts.")}), []),
        (Draft(choice_months=3), ["choice_months"]),
        (LONGER, ["purposes.analytics.retention"]),
    ],
)
def test_the_comparison_says_who_is_asked_again_and_why(host: Host, draft: Draft, because: list[str]) -> None:
    worker = host.worker()
    found = compare(SHOP, worker.with_draft(1, draft), Draft(), draft)
    assert found.because == because and found.changes
    host.publish(draft, 0)
    before = shop(worker).fingerprint
    worker.refresh()
    assert (shop(worker).fingerprint != before) == bool(because)
