"""The banner studio: drafts and versions of the sites' banners, and the swap that serves what was published."""
