"""The frozen types that every layer shares."""

from gateway.hits.hit import Basis, Hit, HitType, Item, RawHit
from gateway.hits.reasons import Dropped, Reason

__all__ = ["Basis", "Dropped", "Hit", "HitType", "Item", "RawHit", "Reason"]
