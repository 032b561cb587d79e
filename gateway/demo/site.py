"""The example shop as a site of the gateway."""

from __future__ import annotations

from gateway.demo.goods import GUIDE
from gateway.demo.purposes import SHOP_PURPOSES
from gateway.sites.goals import Goal
from gateway.sites.site import Controller, Site

SITE_ID = 1

SHOP = Site(
    id=SITE_ID,
    name="Halden Pottery",
    domains=("localhost", "127.0.0.1", "halden.example"),
    timezone="Europe/Paris",
    controller=Controller(
        name="Halden Pottery SARL (example)",
        address="1 rue de l'Exemple, 56000 Vannes, France",
        email="privacy@halden.example",
        data_protection_officer="dpo@halden.example",
        authority="CNIL, 3 place de Fontenoy, 75007 Paris, France",
    ),
    hosting_country="FR",
    purposes=SHOP_PURPOSES,
    goals=(
        Goal(id=1, name="Order placed", match="url", pattern="/thanks", how="starts"),
        Goal(id=2, name="Added to the cart", match="event_action", pattern="add to cart", how="exact"),
        Goal(id=3, name="Care guide taken", match="download", pattern=GUIDE, how="starts"),
    ),
    estimate=True,
)
