"""Sites, their purposes and the rules they run under."""

from gateway.sites.jurisdictions import Regime
from gateway.sites.site import ANALYTICS, DEFAULT_PURPOSES, Purpose, Site

__all__ = ["ANALYTICS", "DEFAULT_PURPOSES", "Purpose", "Regime", "Site"]
