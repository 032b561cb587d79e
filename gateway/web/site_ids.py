"""Site numbers in paths: `{site:site}`. Ten digits at most, since int() refuses thousands of them with an error of its own."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class SiteId(Convertor[int]):
    regex = "[0-9]{1,10}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("site", SiteId())
