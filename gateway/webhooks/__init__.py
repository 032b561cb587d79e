"""Tells a site's own systems what visitors answered: signed, retried, written down (RULES.md C10)."""
