"""The Matomo Tracking HTTP API as existing clients speak it (MATOMO.md, Tracking; docs/matomo.md): parameters → RawHit."""

from gateway.ingest.matomo.bulk import Bulk, is_bulk, read_bulk
from gateway.ingest.matomo.parameters import Values, is_recorded, parameters, plain, site_id
from gateway.ingest.matomo.request import raw_hits

__all__ = ["Bulk", "Values", "is_bulk", "is_recorded", "parameters", "plain", "raw_hits", "read_bulk", "site_id"]
