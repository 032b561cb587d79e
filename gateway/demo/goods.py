"""What the example shop sells."""

from __future__ import annotations

from typing import NamedTuple

GUIDE = "/static/care-guide.pdf"
MUSEUM = "https://stoneware-museum.example/collection"


class Good(NamedTuple):
    slug: str
    name: str
    line: str
    story: str
    size: str
    cents: int
    tone: str  # one of the style sheet's backdrops

    @property
    def price(self) -> str:
        return euros(self.cents)

    def suits(self, wanted: str) -> bool:
        """Whether a search for `wanted` finds it; one for nothing finds everything."""
        return wanted.casefold() in f"{self.name} {self.line} {self.story}".casefold()


GOODS = (
    Good(
        "morning-mug", "Morning mug", "Holds heat and a whole hand",
        "Thrown thick at the foot and thin at the lip, so the coffee stays hot and the last sip is as good as the "
        "first. The ash glaze breaks to amber wherever an edge shows through.",
        "Ø 9 cm · 340 ml", 2800, "clay",
    ),
    Good(
        "slow-teapot", "Slow teapot", "Pours without a drip, ever",
        "Eleven spouts were thrown away before this one. It cuts the stream cleanly, the lid stays put at any angle, "
        "and the handle keeps cool enough for small hands.",
        "Ø 14 cm · 800 ml", 9600, "moss",
    ),
    Good(
        "supper-bowl", "Supper bowl", "For everything eaten with a spoon",
        "Deep enough for soup, wide enough for pasta, heavy enough to stay where you put it. Stacks in sixes.",
        "Ø 18 cm · 900 ml", 3400, "sea",
    ),
    Good(
        "long-vase", "Long vase", "Room for three stems, not thirty",
        "A narrow neck over a low belly: three stems stand as if someone had arranged them. The glaze is left off the "
        "lower third, so that you can feel the clay.",
        "Ø 11 cm · 26 cm tall", 7200, "sand",
    ),
    Good(
        "table-plate", "Table plate", "Flat, for once",
        "Plates love to warp. Ours dry for two weeks between boards, which is why they cost what they cost and why "
        "your knife meets no hill.",
        "Ø 26 cm", 3800, "clay",
    ),
    Good(
        "garden-pitcher", "Garden pitcher", "Water, lemonade, dahlias",
        "A litre and a half, with a lip that likes ice. Glazed inside and out, so it does not mind being a vase in "
        "August.",
        "Ø 13 cm · 1.5 l", 6400, "sea",
    ),
)  # fmt: skip

BY_SLUG = {good.slug: good for good in GOODS}


def euros(cents: int) -> str:
    """12345 → "€123.45"; whole euros without decimals."""
    return f"€{cents // 100}" if cents % 100 == 0 else f"€{cents // 100}.{cents % 100:02d}"
