"""E-mail by SMTP, where the operator configured a server; the sender of last resort is the log."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from gateway.clock import Clock
from gateway.metrics import Metrics
from gateway.settings import Smtp

log = logging.getLogger("gateway.mail")

TIMEOUT = 20.0  # seconds, for each step of the conversation


class Mailer:
    """`send` blocks: from async code run it in a thread."""

    def __init__(self, settings: Smtp, clock: Clock, metrics: Metrics) -> None:
        self._settings = settings
        self._clock = clock
        self._metrics = metrics

    @property
    def configured(self) -> bool:
        return bool(self._settings.host)

    def send(
        self, to: str, subject: str, body: str, *, html: str = "", headers: Mapping[str, str] | None = None
    ) -> bool:
        """True once the server took the letter. A failure is logged and counted, never raised.

        `html` is the same as `body` for programs that show it; `headers` are some more.
        """
        try:
            letter = self._letter(to, subject, body)
            if html:
                letter.add_alternative(html, subtype="html")
            for name, value in (headers or {}).items():
                letter[name] = value
            self._send(letter)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._metrics.mails.labels("failed").inc()
            log.warning("a letter could not be sent", extra={"server": self._settings.host, "error": _reason(error)})
            return False
        self._metrics.mails.labels("sent").inc()
        return True

    def _letter(self, to: str, subject: str, body: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._settings.sender
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = format_datetime(self._clock.now())
        letter["Message-ID"] = make_msgid(domain=self._settings.sender.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        letter.set_content(body)
        return letter

    def _send(self, letter: EmailMessage) -> None:
        smtp = self._settings
        context = ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT, context=context)
            if smtp.tls == "tls"
            else smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT)
        ) as server:
            if smtp.tls == "starttls":
                server.starttls(context=context)
            if smtp.user:
                server.login(smtp.user, smtp.password)
            server.send_message(letter)


def _reason(error: Exception) -> str:
    """Without what the server said: it may repeat addresses."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return str(error) if isinstance(error, OSError) and error.strerror else type(error).__name__
