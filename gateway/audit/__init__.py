"""A browser walks over a live site and what it finds is held against what the configuration declares to visitors."""
