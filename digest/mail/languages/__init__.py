"""The languages that our mails speak, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from digest.mail.catalogue import Language
from digest.mail.languages.de import GERMAN
from digest.mail.languages.en import ENGLISH

LANGUAGES: Mapping[str, Language] = {each.code: each for each in (ENGLISH, GERMAN)}
