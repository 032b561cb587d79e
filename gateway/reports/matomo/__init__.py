"""Matomo's Reporting API over our figures: its methods, parameters, row shapes and formats (docs/matomo-reporting.md).

A request goes question.py → methods.py → one of the files that know a family of reports → shaping.py → formats.py.
"""
