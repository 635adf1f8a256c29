"""German: what the web pages say."""

from __future__ import annotations

from collections.abc import Mapping

from digest.mail.catalogue import Sentence

PAGES: Mapping[str, Sentence] = {
    "page.skip": "Zum Inhalt springen",
    "page.nav": "Seiten",
    "page.trending": "Im Gespräch",
    "page.about": "Über uns",
    "page.pledge": "Keine Verfolgung, keine Cookies, keine Werbung.",
    "page.mend": "Etwas stimmt noch nicht:",
    "page.enter": "Bei Eingabe",
    "page.back": "Ich möchte zurückkommen",
    "about.lede": (
        "{site} liest, was arXiv, Hugging Face und andere Quellen ankündigen, und schickt Ihnen einmal am Tag die wenigen "
        "Arbeiten, auf die es für Sie ankommt."
    ),
    "about.chosen": "Wie Arbeiten ausgewählt werden",
    "about.chosen_text": (
        "Jede neue Arbeit wird mit Ihren Wörtern verglichen, mit den Menschen, denen Sie folgen, und mit den Arbeiten, die "
        "Ihnen gefallen. Jede Arbeit in einer Mail sagt, warum sie dort steht. „Mehr“ und „weniger“ unter jeder Arbeit "
        "verschieben, was als Nächstes kommt."
    ),
    "about.stored": "Was gespeichert wird",
    "about.stored_text": (
        "Ihre Adresse, Ihre Themen und Zeiten, welche Arbeiten Sie bekommen haben, Ihre Stimmen, und wann und wie Sie sich "
        "angemeldet haben. Nichts wird weitergegeben. Ob Sie eine Mail oder einen Link öffnen, wird nicht gezählt. Wenn Sie "
        "gehen, behalten wir die Adresse auf einer Liste derer, denen nie geschrieben wird."
    ),
    "about.leave": "Wie Sie sich abmelden",
    "about.leave_text": "Mit dem Link in jeder Mail. Es gilt sofort.",
    "about.leave_mail": (
        "Mit dem Link in jeder Mail oder dem Knopf Ihres Mailprogramms. Es gilt sofort. Oder schreiben Sie „unsubscribe“ an"
    ),
    "ask.title": "Möchten Sie Mail von uns?",
    "ask.topics": "{address} wurde für Arbeiten zu {topics} angemeldet, {schedule}.",
    "ask.trending": "{address} wurde für Arbeiten angemeldet, die im Gespräch sind, {schedule}.",
    "ask.yes": "Ja, Anmeldung bestätigen",
    "ask.no": "Das war ich nicht",
    "ask.was_me": "Das war ich: bestätigen",
    "ask.not_you": "Waren Sie das nicht?",
    "ask.not_you_text": (
        "Jemand hat {address} angemeldet. Wenn Sie es nicht waren, sagen Sie es: Dann schreiben wir nie wieder an diese "
        "Adresse, wer immer darum bittet."
    ),
    "declined.title": "Vermerkt",
    "declined.text": "Entschuldigen Sie die Mühe. {address} bekommt keine Mail mehr von uns, wer immer sie anmeldet.",
    "declined.mail": "Falls Sie es sich einmal anders überlegen, schreiben Sie an",
    "declined.ask": "Falls Sie es sich einmal anders überlegen, fragen Sie die Betreiber dieses Dienstes.",
    "vote.more": "Mehr davon",
    "vote.less": "Weniger davon",
    "vote.ask_more": "Mehr davon?",
    "vote.ask_less": "Weniger davon?",
    "vote.noted_more": "Mehr davon: vermerkt",
    "vote.noted_less": "Weniger davon: vermerkt",
    "vote.text_more": "Ab morgen stehen Arbeiten wie „{title}“ in Ihren Mails weiter oben.",
    "vote.text_less": "Ab morgen stehen Arbeiten wie „{title}“ in Ihren Mails weiter unten.",
    "vote.fades": "Das verschiebt Arbeiten innerhalb Ihrer Themen und verblasst mit der Zeit.",
    "vote.turn_more": "Nein, mehr davon",
    "vote.turn_less": "Nein, weniger davon",
    "left.title": "Sie sind abgemeldet",
    "left.text": "{address} bekommt keine weitere Mail. Es gilt sofort.",
    "left.nobody": "Es wird keine weitere Mail geschickt. Es gilt sofort.",
    "left.mistake": "Ein Versehen, oder anders überlegt? Ihre Themen bleiben für Sie aufgehoben.",
    "leave.title": "Keine Mail mehr?",
    "leave.text": "{address} bekommt Arbeiten {schedule}. Ein Druck, und es kommen keine mehr.",
    "leave.button": "Abmelden",
    "leave.unknown": "Wir wissen nichts mehr von Ihnen und schreiben keine Mail.",
    "leave.kept": "Ihre Themen sind aufgehoben, falls Sie zurückkommen möchten.",
    "join.title": "Einmal am Tag die wichtigsten Arbeiten in Ihrem Postfach",
    "join.lede": (
        "Sagen Sie, woran Sie arbeiten. Jeden Morgen bekommen Sie die wenigen neuen Arbeiten, auf die es für Sie ankommt, "
        "jede mit dem Grund dafür, und das, worüber alle reden."
    ),
    "join.trap": "Bitte leer lassen",
    "join.topics": "Themen",
    "join.topics_hint": (
        "Eines je Zeile oder mit Kommas dazwischen. Wenige Wörter genügen; die meisten Arbeiten sind auf Englisch."
    ),
    "join.try": "Zeigen, was meine Themen heute brächten",
    "join.examples": "Beispiele",
    "join.own": "Ihre Themen, heute:",
    "join.suggested": "Zum Beispiel heute:",
    "join.nothing": "nichts in der letzten Ankündigung",
    "join.email": "Ihre Mailadresse",
    "join.button": "Anmelden",
    "join.first": (
        "Zuerst schreiben wir an die Adresse und fragen, ob sie Mail möchte. Bis sie ja sagt, bekommt sie keine andere."
    ),
    "join.links": "In jeder Mail steht, wie Sie Themen ändern, pausieren und sich sofort abmelden.",
    "join.by_mail": "Alles geht auch per Mail: Schreiben Sie „subscribe neural operators“ an",
    "join.talk": "Worüber alle reden",
    "join.all": "Alles, was im Gespräch ist",
    "join.open_long": "Diese Seite lag lange offen. Bitte drücken Sie den Knopf noch einmal.",
    "join.too_quick": "Das war schneller, als Menschen tippen. Bitte drücken Sie den Knopf noch einmal.",
    "mailbox.title": "Sehen Sie in Ihr Postfach",
    "mailbox.lede": (
        "Wenn wir an diese Adresse schreiben dürfen, ist eine Mail unterwegs. Drücken Sie den Knopf darin, und Sie sind "
        "fertig."
    ),
    "mailbox.text": (
        "Sie kommt in wenigen Minuten. Wenn nicht, sehen Sie im Ordner für Spam nach, und prüfen Sie, ob die Adresse richtig "
        "geschrieben war. Wir schreiben an eine Adresse nur wenige Male am Tag, so oft auch jemand fragt."
    ),
    "mailbox.meanwhile": "Inzwischen ansehen, was im Gespräch ist",
    "standing.bounced": "Seit {since} schreiben wir nicht mehr an {address}, weil unsere Mails zurückkamen.",
    "standing.because": "Der Mailserver sagte: „{words}“",
    "standing.complained": "Seit {since} schreiben wir nicht mehr an {address}, weil eine Mail von uns als Spam gemeldet wurde.",
    "standing.declined": "{address} hat gebeten, nie wieder angeschrieben zu werden, und daran halten wir uns.",
    "standing.stopped": "{address} bekommt zurzeit keine Mail, da die Verwaltung sie von der Liste genommen hat.",
    "standing.left": "{address} ist abgemeldet und bekommt keine Mail.",
    "standing.left_since": "{address} ist seit {since} abgemeldet und bekommt keine Mail.",
    "prefs.title": "Ihre Einstellungen",
    "prefs.nothing": "Noch wurde nichts gespeichert.",
    "prefs.mend": "Bitte verbessern Sie, was unten markiert ist.",
    "prefs.write_again": "Schreiben Sie mir wieder",
    "prefs.lede": "{address} bekommt Arbeiten {schedule}.",
    "prefs.lede_paused": "{address} bekommt Arbeiten {schedule}, wieder ab {until}.",
    "prefs.name": "Name",
    "prefs.keywords": "Stichwörter",
    "prefs.keywords_hint": "Wörter oder Wendungen mit Kommas dazwischen. PINN* findet auch PINNs.",
    "prefs.text": "In eigenen Worten",
    "prefs.text_hint": "Ein Satz oder eine ganze Zusammenfassung: wovon Arbeiten handeln sollen.",
    "prefs.exclude": "Auslassen",
    "prefs.exclude_hint": "Arbeiten mit diesen Wörtern in Titel oder Zusammenfassung.",
    "prefs.authors": "Menschen, denen Sie folgen",
    "prefs.authors_hint": "Immer dabei und markiert.",
    "prefs.categories": "Nur in Kategorien",
    "prefs.categories_hint": "Zum Beispiel cs.LG, math.NA.",
    "prefs.drop": "Dieses Thema streichen",
    "prefs.new": "Neue Themen",
    "prefs.new_hint": "Eines je Zeile.",
    "prefs.when": "Wann",
    "prefs.days": "Tage",
    "prefs.time": "Uhrzeit",
    "prefs.zone": "Zeitzone",
    "prefs.what": "Was",
    "prefs.most": "Arbeiten in einer Mail, höchstens",
    "prefs.outside": "Davon von außerhalb Ihrer Themen",
    "prefs.layout": "Gestaltung",
    "prefs.full": "Ausführlich, mit Zusammenfassungen",
    "prefs.compact": "Knapp",
    "prefs.empty": "An einem Tag, an dem es nichts gibt",
    "prefs.empty_skip": "Keine Mail",
    "prefs.empty_mail": "Eine Zeile, die sagt, warum",
    "prefs.language": "Sprache der Mails und Seiten",
    "prefs.until": "Keine Mail vor dem",
    "prefs.save": "Speichern",
    "prefs.pause": "Pause",
    "prefs.paused": "Keine Mail vor {until}.",
    "prefs.resume": "Jetzt fortsetzen",
    "prefs.away": "Eine Weile fort? Ihre Themen bleiben.",
    "prefs.weeks": ("{n} Woche", "{n} Wochen"),
    "prefs.elsewhere": "Anderswo lesen oder abmelden",
    "prefs.feed": "Ihre Auswahl gibt es auch als Atom-Feed für Feedreader. Behalten Sie dessen Adresse für sich:",
    "prefs.feed_link": "Ihr Feed",
    "prefs.pending": "{address} hat noch nicht bestätigt. Drücken Sie den Knopf in der Mail, die wir geschickt haben.",
    "prefs.saved": "Gespeichert.",
    "prefs.returned": "Willkommen zurück. Ihre Mails kommen wieder.",
    "prefs.resumed": "Ihre Mails kommen wieder.",
    "prefs.now_paused": "Pause. Die nächste Mail kommt am {until} oder später.",
    "stale.title": "Dieser Link ist aus einer alten Mail",
    "stale.text": (
        "Mails werden weitergeleitet und wiedergefunden; darum gelten Links zu Einstellungen nur fünf Wochen. In der neuesten"
        " Mail steht ein frischer."
    ),
    "stale.button": "Einen frischen Link an {address} schicken",
    "talk.title": "Arbeiten im Gespräch",
    "talk.lede": "{date}: worüber die Leser der Arbeiten der letzten sieben Tage reden, Stimmen nach Alter gewichtet.",
    "talk.join": "Diese und Ihre eigenen Themen per Mail bekommen",
    "talk.soon": "Die Liste wird gerade berechnet. Sehen Sie gleich noch einmal nach.",
    "talk.none": "Noch hat keine Arbeit der letzten sieben Tage Stimmen.",
    "arrived.already": "Sie sind schon dabei",
    "arrived.first": "Ihre erste Mail ist unterwegs. Die nächsten kommen {schedule}.",
    "arrived.next": "Die nächsten kommen {schedule}.",
    "arrived.sharper": (
        "Schärfere Themen bringen bessere Arbeiten: Ergänzen Sie Stichwörter, nennen Sie Menschen, denen Sie folgen, lassen "
        "Sie aus, was Sie nicht möchten."
    ),
    "arrived.change": "Themen, Tage und Zeiten ändern",
    "problem.mail": "Schreiben Sie an {address}",
    "problem.first": "Zur ersten Seite",
    "feed.title": "{site}: Ihre Auswahl",
    "problem.token": "Dieser Link geht nicht",
    "problem.token.text": "Nehmen Sie ihn ganz, wie er in der Mail steht: Manche Mailprogramme brechen lange Links entzwei.",
    "problem.expired": "Dieser Link ist zu alt",
    "problem.expired.text": "Melden Sie sich noch einmal an, und eine frische Mail ist unterwegs.",
    "problem.stamp": "Diese Seite lag zu lange offen",
    "problem.stamp.text": "Gehen Sie zurück, laden Sie die Seite neu, und drücken Sie den Knopf noch einmal.",
    "problem.button": "Nichts hat sich geändert",
    "problem.button.text": "Öffnen Sie den Link der Mail, und drücken Sie den Knopf auf der Seite, die er zeigt.",
    "problem.gone": "Hier ist niemand mehr",
    "problem.gone.text": "Was unter diesem Link gespeichert war, ist gelöscht. Sie können sich jederzeit neu anmelden.",
    "problem.digest": "Diese Auswahl ist nicht mehr da",
    "problem.digest.text": "Sie wird nur eine Weile aufgehoben; neuere Links gelten noch.",
    "problem.sign_ups": "Zu viele Anmeldungen aus Ihrem Netz",
    "problem.sign_ups.text": "Versuchen Sie es in zehn Minuten noch einmal, oder melden Sie sich per Mail an.",
    "problem.glances": "Das waren viele Blicke",
    "problem.glances.text": "Versuchen Sie es in zehn Minuten noch einmal, oder melden Sie sich einfach an.",
    "problem.404": "Diese Seite gibt es nicht",
    "problem.404.text": "Wenn Sie von einem Link in einer Mail kommen, nehmen Sie ihn ganz, wie er dort steht.",
    "problem.405": "Das geht hier nicht",
    "problem.405.text": "Öffnen Sie die Seite noch einmal, und nehmen Sie ihre Knöpfe.",
    "problem.500": "Etwas ist zerbrochen, und wir sind schuld",
    "problem.500.text": "Es ist vermerkt. Bitte versuchen Sie es nach einer Weile noch einmal.",
    "problem.503": "Gerade außer Betrieb",
    "problem.503.text": "Bitte versuchen Sie es in einer Minute noch einmal.",
    "problem.other": "Das ging nicht",
    "problem.other.text": "{detail}",
}
