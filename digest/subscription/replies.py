"""What somebody wrote herself: a mail's text without quotes, attributions and signatures, its subject without "Re:". PURE.

Mail programs quote in four ways: with ">" before each line, below a line like "On Monday Ada wrote:", below "Original Message", or
below the head of the mail as a block ("From: … Sent: …"). Only the first can have an answer below it; behind the others the rest
is taken for quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PREFIX = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?"
    r"(?:re|aw|antw(?:ort)?|sv|vs|ynt|r[ée]p?|rif|res|odp|vá|ha|bls|ref|tr|fwd?|wg|doorst|i|enc|rv|vl|pd|nf"
    r"|回复|回覆|答复|转发|轉寄|返信|転送|답장|전달|отв|на)"
    r"(?:\s?\[\d{1,3}\]|\s?\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"\b(?:wrote|schrieb(?:en)?|a écrit|escribió|ha scritto|escreveu|napisał\(?a?\)?|napsal\(?a?\)?|schreef|skrev|kirjoitti"
    r"|yazdı|írta|scris)\b"
    r"|написал|пише|написав|写道|寫道|書きました|のメッセージ|작성|schreef op|ته|كتب",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"\s*(?:-{2,}|_{2,}|\*{2,}|={2,})\s*(?:original message|original appointment|forwarded (?:message|by)|begin forwarded message|"
    r"ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|message d'origine|message original|message transféré|"
    r"mensaje original|mensaje reenviado|mensagem original|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|"
    r"originalmeddelande|opprinnelig melding|wiadomość oryginalna|"
    r"исходное сообщение|пересылаемое сообщение|原始邮件|原始郵件|元のメッセージ|원본 메시지)",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"\s*begin forwarded message\s*:?\s*$", re.IGNORECASE)
_HEAD = re.compile(
    r"\s*\*?(?:from|von|de|da|van|från|fra|od|от|发件人|寄件者|差出人|보낸 ?사람)\s?\*?\s?[:：]\*?\s*\S", re.IGNORECASE
)
_HEAD_MORE = re.compile(
    r"\s*\*?(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|fecha|para|asunto|inviato|a|oggetto|verzonden|aan|onderwerp|"
    r"skickat|till|ämne|sendt|til|emne|wysłano|do|temat|отправлено|дата|кому|тема|发送时间|收件人|主题|送信日時|宛先|件名)\s?\*?\s?[:：]",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"--\s?$|—\s?$|_{5,}\s*$")
_SENT_FROM = re.compile(
    r"\s*(?:sent (?:from|with|using|via) |get outlook for |von meinem .{1,40}gesendet|gesendet (?:von|mit) |"
    r"diese nachricht wurde von |envoyé (?:de|depuis|à partir) |enviado (?:desde|do|de) |inviato da |verzonden (?:vanaf|met) |"
    r"skickat från |sendt fra |wysłane z |отправлено (?:с|из) |发自|從我的|iPhoneから)",
    re.IGNORECASE,
)
LINES_MOST = 5000
_WRAPPED = 4  #: an attribution may be broken into so many lines


def bare_subject(subject: str) -> str:
    """The subject without what programs put before it when one answers or forwards, in many languages, however often."""
    while found := _PREFIX.match(subject):
        if not found[0]:
            break
        subject = subject[found.end() :]
    return subject.strip()


def own_words(text: str) -> str:
    """The lines that were written for us, in order, among the first LINES_MOST."""
    return "\n".join(_own_lines(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:LINES_MOST])).strip()


def _own_lines(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.lstrip().startswith((">", "|")):
            at += 1
        elif wrapped := _attribution(lines, at):
            if not _is_quoted(lines, at + wrapped):
                return
            at += wrapped
        elif _ends_here(lines, at):
            return
        else:
            yield line
            at += 1


def _ends_here(lines: list[str], at: int) -> bool:
    line = lines[at]
    if _ORIGINAL.match(line) or _FORWARDED.match(line) or _SIGNATURE.match(line) or _SENT_FROM.match(line):
        return True
    return bool(_HEAD.match(line)) and sum(bool(_HEAD_MORE.match(each)) for each in lines[at + 1 : at + 5]) >= 2


def _attribution(lines: list[str], at: int) -> int:
    """Over how many lines an "On Monday Ada wrote:" goes that begins here, 0 = none does."""
    joined = ""
    for count, line in enumerate(lines[at : at + _WRAPPED], 1):
        joined += " " + line.strip()
        if not line.strip() or len(joined) > 400:
            return 0
        if joined.rstrip().endswith((":", "：")):
            return count if _WROTE.search(joined) and any(char.isdigit() or char in "@<" for char in joined) else 0
    return 0


def _is_quoted(lines: list[str], at: int) -> bool:
    return next((line.lstrip().startswith(">") for line in lines[at:] if line.strip()), False)
