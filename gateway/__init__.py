"""The consent and audience gateway: asks, proves, counts, forgets."""

__version__ = "0.1.0"
