"""HTTP. Importing the package registers the path convertor of site numbers, before any route names it."""

from gateway.web import site_ids as site_ids
