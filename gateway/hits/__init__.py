"""The frozen types that every layer shares."""

from gateway.hits.hit import Basis, Hit, HitType, RawHit
from gateway.hits.reasons import Dropped, Reason

__all__ = ["Basis", "Dropped", "Hit", "HitType", "RawHit", "Reason"]
