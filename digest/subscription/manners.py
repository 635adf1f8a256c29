"""Whom an automatic answer may go to: RFC 3834, and what experience adds to it. PURE.

Two programs that answer each other never stop, and a forged sender makes of every answer a mail that nobody asked for. So what a
machine wrote is not answered, and does nothing: this module says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.subscription.letter import Letter

#: The part before the @ of addresses behind which nobody reads (RFC 3834, section 2; RFC 5230, section 4.6; RFC 2142).
_ROBOT = re.compile(
    r"(?:mailer-?daemon|daemon|postmaster|root|nobody|abuse|hostmaster|webmaster|(?:no|do-?not|dont|not)[._-]?reply|auto-?reply|"
    r"auto-?responder|vacation|listserv|listproc|majordomo|mailman|sympa|ecartis|bounces?|delivery|notifications?|alerts?|"
    r"undisclosed-recipients|mdaemon|symantec|antispam|spam|virus)(?:[._+=-].*)?"
    r"|owner-.*|bounces?[._+=-].*|.*-(?:request|owner|bounces?|relay|errors|confirm|unsubscribe|subscribe|admin)"
    r"|.*(?:no|do-?not|dont)[._-]?reply.*|.*mailer-?daemon.*|prvs=.*|srs[01][=+-].*|btv1==.*"
)
#: Fields that only machines and lists write (RFC 2369, RFC 2919, RFC 3834, and what autoresponders invented before these).
_MACHINES = re.compile(
    r"list-(?:id|unsubscribe|unsubscribe-post|post|help|subscribe|owner|archive)"
    r"|x-(?:mailing-list|listname|beenthere|loop|cron-env)"
    r"|x-auto-?(?:response-suppress|reply|respond|responder|reply-from|generated)|x-mail-autoreply|x-amazon-auto-reply|auto-replied"
    r"|x-fc-machinegenerated|x-post-messageclass|x-ms-exchange-inbox-rules-loop|x-failed-recipients|x-facebook-notify"
    r"|(?:x-)?feedback-id"
)
#: How absence notes of the usual programs begin or are called, in the languages of most mail; for those that say it nowhere else.
_ABSENT = re.compile(
    r"out of (?:the )?office|auto(?:matic|mated)?[- ]?(?:reply|response|replied)|automatische? (?:antwort|antwoord|reactie)|"
    r"abwesen|"
    r"r[ée]ponse automatique|absen(?:ce|t) du bureau|message d'absence|respuesta autom[áa]tica|fuera de (?:la )?oficina|ausencia|"
    r"resposta autom[áa]tica|fora do escrit[óo]rio|risposta automatica|fuori (?:ufficio|sede)|afwezig|autosvar|automatiskt? svar|"
    r"frånvar|fravær|automaattinen vastaus|poissa|automatyczna odpowied|odpowied[źz] automatyczna|nieobecno|automatick[áa] odpov|"
    r"automatikus v[áa]lasz|r[ăa]spuns automat|otomatik yan[ıi]t|автоматический ответ|автоответ|автоматична відповідь|"
    r"不在|自動返信|自動応答|自动回复|自动答复|自動回覆|외출|자동 ?응답|부재중|رد تلقائي|תשובה אוטומטית|"
    r"on (?:vacation|holiday|leave)\b|vacation (?:reply|message)|im urlaub|en vacances|de vacaciones|in ferie|"
    r"undeliver|delivery (?:status|failure|has failed|report)|mail delivery (?:failed|system)|returned mail|failure notice|"
    r"unzustellbar|warning: could not send|read:|gelesen:|lu ?:|tr:? lu",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Where we can be written to; each also with a token behind a further "+"."""

    sender: str
    command: str
    bounce: str = ""

    def tokens(self, letter: Letter, address: str) -> Iterator[str]:
        """What stands behind the "+" of that address among the recipients of a mail, each once."""
        local, _, domain = address.lower().rpartition("@")
        start, end = f"{local}+", f"@{domain}"
        found = (each[len(start) : -len(end)] for each in letter.recipients if each.startswith(start) and each.endswith(end))
        yield from dict.fromkeys(found)

    def include(self, address: str) -> bool:
        """Whether that is one of ours, with or without a token."""
        local, _, domain = address.rpartition("@")
        return any(
            domain == own_domain and (local == own or local.startswith(f"{own}+"))
            for own, own_domain in (each.lower().rpartition("@")[::2] for each in (self.sender, self.command, self.bounce) if each)
        )


def machine(letter: Letter, ours: OwnAddresses) -> str:
    """Why nothing is to be done for a mail, in one phrase, "" = somebody wrote it."""
    if letter.sender == "":
        return "it has the null sender"
    if (said := letter.said("auto-submitted").split(";")[0].strip().lower()) and said != "no":
        return f"it calls itself {said[:30]}"
    if (said := letter.said("precedence").strip().lower()) in {"bulk", "list", "junk", "auto_reply"}:
        return f"its precedence is {said}"
    if found := next((name for name in letter.headers if _MACHINES.fullmatch(name)), ""):
        return f"it has the field {found}"
    if letter.content_type in {"multipart/report", "text/calendar", "message/disposition-notification", "message/delivery-status"}:
        return f"it is a {letter.content_type}"
    if ours.include(letter.author) or (letter.sender and ours.include(letter.sender)):
        return "it comes from an address of our own"
    if _is_robot(letter.author) or _is_robot(letter.sender or ""):
        return "it comes from a robot's address"
    if _ABSENT.search(letter.said("subject")[:200]):
        return "it is a note of absence, or of a failure"
    return ""


def _is_robot(address: str) -> bool:
    return bool(address) and _ROBOT.fullmatch(address.rpartition("@")[0]) is not None
