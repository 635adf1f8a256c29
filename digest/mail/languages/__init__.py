"""The languages that our mails and pages speak: a file for what mails say, and one for what pages say."""

from __future__ import annotations

from collections.abc import Mapping

from digest.mail.catalogue import Language
from digest.mail.languages.de import GERMAN
from digest.mail.languages.en import ENGLISH

LANGUAGES: Mapping[str, Language] = {each.code: each for each in (ENGLISH, GERMAN)}
