"""The example website: a small pottery shop on an origin of its own, embedding the gateway as any website would.

It runs under a strict Content-Security-Policy that knows itself and the gateway only, Trusted Types enforced, and works
without JavaScript. What is gated: a measuring script (analytics), the card check at the checkout (payment-fraud, with
ways to pay that need none), and a video in an article (media; a page of the shop stands in for the video host).
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.demo.cart import COOKIE, Cart
from gateway.demo.goods import BY_SLUG, GOODS, GUIDE, MUSEUM

_HERE = Path(__file__).with_name("shop")

# Stops of the guided tour: one page, several addresses.
TOUR = {
    "wedge": ("The wedge", "Clay arrives in twelve-kilo bags and leaves them reluctantly. We knead each lump a hundred "
              "times, until a cut through it shows no air and no memory of the bag."),
    "wheel": ("The wheel", "Centring takes four seconds or four years, depending on how long you have been at it. "
              "After that, walls rise between two fingertips."),
    "glaze": ("The glaze", "Ash from the beech hedge, feldspar, a spoon of iron. We dip once, on the exhale, and never "
              "touch up: the drip is the signature."),
    "kiln": ("The kiln", "Fourteen hours up to 1,260 degrees, two days down. Nobody opens the door early. Everybody "
             "has once."),
}  # fmt: skip

PAYMENTS = ("card", "transfer", "collection")

_TOKEN = re.compile(r"[0-9a-f]{16}", re.ASCII)


class Headers:
    """Adds the shop's security headers to every answer."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self.policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def make_shop(gateway_url: str, site_id: int) -> Starlette:
    """The shop as an ASGI application. `gateway_url` is the gateway's public URL, `site_id` the site it is there."""
    gateway_url = gateway_url.rstrip("/")
    parts = urlsplit(gateway_url)
    templates = Jinja2Templates(
        env=Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )
    )  # fmt: skip
    templates.env.globals.update(gateway=gateway_url, site=site_id, tour=TOUR, goods=GOODS, guide=GUIDE, museum=MUSEUM)

    def page(request: Request, template: str, status: int = 200, **values: object) -> Response:
        cart = Cart.of(request.cookies)
        answer = templates.TemplateResponse(
            request, template, {"cart": cart, "here": request.url.path, **values}, status
        )
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    async def home(request: Request) -> Response:
        return page(request, "home.html")

    async def products(request: Request) -> Response:
        wanted = request.query_params.get("q", "").strip()[:60]
        return page(request, "products.html", wanted=wanted, found=[good for good in GOODS if good.suits(wanted)])

    async def product(request: Request) -> Response:
        good = BY_SLUG.get(request.path_params["slug"])
        if good is None:
            raise HTTPException(404)
        others = [other for other in GOODS if other is not good][:3]
        return page(request, "product.html", good=good, others=others)

    async def article(request: Request) -> Response:
        return page(request, "article.html")

    async def player(request: Request) -> Response:
        answer = page(request, "player.html")
        answer.set_cookie("kino_viewer", secrets.token_hex(8), max_age=365 * 86_400, samesite="lax")
        return answer

    async def workshop(request: Request) -> Response:
        stop = request.path_params.get("stop", "wedge")
        if stop not in TOUR:
            raise HTTPException(404)
        return page(request, "workshop.html", stop=stop)

    async def show_cart(request: Request) -> Response:
        return page(request, "cart.html")

    async def change_cart(request: Request) -> Response:
        form = await request.form()
        slug, number = str(form.get("slug", "")), str(form.get("number", "1"))
        if slug not in BY_SLUG or not number.isdecimal():
            raise HTTPException(400, "No such thing in this shop.")
        cart = Cart.of(request.cookies)
        wanted = cart.number_of(slug) + 1 if form.get("add") else int(number)
        return _keep(RedirectResponse("/cart", 303), cart.with_number(slug, wanted))

    async def checkout(request: Request) -> Response:
        return page(request, "checkout.html", problem="", name="", email="", payment="transfer")

    async def order(request: Request) -> Response:
        form = await request.form()
        given = {key: str(form.get(key, "")).strip()[:200] for key in ("name", "email", "payment", "check")}
        cart = Cart.of(request.cookies)
        problem = _problem(given, cart)
        if problem:
            given.pop("check")
            return page(request, "checkout.html", 422, problem=problem, **given)
        number = f"H{secrets.randbelow(900_000) + 100_000}"
        query = f"order={number}&payment={given['payment']}&things={cart.cookie}"
        return _keep(RedirectResponse(f"/thanks?{query}", 303), Cart(()))

    async def thanks(request: Request) -> Response:
        number, payment = request.query_params.get("order", ""), request.query_params.get("payment", "")
        bought = Cart.parse(request.query_params.get("things", ""))
        if not re.fullmatch(r"H\d{6}", number, re.ASCII) or payment not in PAYMENTS or not bought.lines:
            raise HTTPException(404)
        return page(request, "thanks.html", number=number, payment=payment, bought=bought)

    async def privacy(request: Request) -> Response:
        return page(request, "privacy.html")

    async def not_found(request: Request, error: Exception) -> Response:
        return page(request, "message.html", 404, title="Not on this shelf", text="There is no page at this address.")

    async def bad_request(request: Request, error: Exception) -> Response:
        return page(request, "message.html", 400, title="That did not work", text="Please go back and try again.")

    origin = f"{parts.scheme}://{parts.netloc}"
    policy = (
        f"default-src 'none'; script-src 'self' {origin}; style-src 'self'; img-src 'self' {origin}; "
        f"connect-src 'self' {origin}; frame-src 'self' {origin}; font-src 'self'; media-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types gateway"
    )
    return Starlette(
        routes=[
            Route("/", home),
            Route("/products", products),
            Route("/products/{slug}", product),
            Route("/journal/from-clay-to-cup", article),
            Route("/player", player),
            Route("/workshop", workshop),
            Route("/workshop/{stop}", workshop),
            Route("/cart", show_cart, methods=["GET"]),
            Route("/cart", change_cart, methods=["POST"]),
            Route("/checkout", checkout, methods=["GET"]),
            Route("/checkout", order, methods=["POST"]),
            Route("/thanks", thanks),
            Route("/privacy", privacy),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[Middleware(Headers, policy=policy)],
        exception_handlers={404: not_found, 400: bad_request},
    )


def _problem(given: dict[str, str], cart: Cart) -> str:
    """Why an order cannot be taken, "" if it can."""
    if not cart.lines:
        return "Your cart is empty."
    if not given["name"] or "@" not in given["email"]:
        return "Please give a name and an e-mail address."
    if given["payment"] not in PAYMENTS:
        return "Please choose how to pay."
    if given["payment"] == "card" and not _TOKEN.fullmatch(given["check"]):
        return "Paying by card needs the fraud check. You can allow it below, or pay another way."
    return ""


def _keep(answer: Response, cart: Cart) -> Response:
    if cart.lines:
        answer.set_cookie(COOKIE, cart.cookie, samesite="lax", httponly=True)
    else:
        answer.delete_cookie(COOKIE, samesite="lax", httponly=True)
    return answer
