"""English: what the web pages say."""

from __future__ import annotations

from collections.abc import Mapping

from digest.mail.catalogue import Sentence

PAGES: Mapping[str, Sentence] = {
    # What all pages show.
    "page.skip": "Skip to the content",
    "page.nav": "Pages",
    "page.trending": "Trending",
    "page.about": "About",
    "page.pledge": "No tracking, no cookies, no advertisements.",
    "page.mend": "Something to mend:",
    "page.enter": "On Enter",
    "page.back": "I want to come back",
    # About.
    "about.lede": (
        "{site} reads what arXiv, Hugging Face and other sources announce, and sends each reader the few papers that matter, "
        "once a day."
    ),
    "about.chosen": "How papers are chosen",
    "about.chosen_text": (
        "Each new paper is compared with your words, the authors you follow and the papers you like. Every paper in a mail "
        "says why it is there. “More” and “less” below each paper shift what comes next."
    ),
    "about.stored": "What is stored",
    "about.stored_text": (
        "Your address, your topics and times, which papers you were sent, your votes, and when and how you subscribed. "
        "Nothing is passed on. Opening a mail or a link is not counted. If you leave, we keep the address on a list of people"
        " never to be written to."
    ),
    "about.leave": "How to leave",
    "about.leave_text": "By the link in any mail. It takes effect at once.",
    "about.leave_mail": (
        "By the link in any mail, or by the button of your mail program. It takes effect at once. Or write “unsubscribe” to"
    ),
    # The question behind a confirmation link.
    "ask.title": "Do you want mail from us?",
    "ask.topics": "{address} was signed up for papers on {topics}, {schedule}.",
    "ask.trending": "{address} was signed up for papers on what is trending, {schedule}.",
    "ask.yes": "Yes, confirm my subscription",
    "ask.no": "This was not me",
    "ask.was_me": "It was me: confirm",
    "ask.not_you": "Was this not you?",
    "ask.not_you_text": (
        "Somebody signed {address} up. If it was not you, say so: then we never write to this address again, whoever asks."
    ),
    "declined.title": "Noted",
    "declined.text": "We are sorry for the trouble. {address} gets no further mail from us, whoever signs it up.",
    "declined.mail": "Should you ever change your mind, write to",
    "declined.ask": "Should you ever change your mind, ask the people who run this service.",
    # More and less.
    "vote.more": "More like this",
    "vote.less": "Less like this",
    "vote.ask_more": "More like this?",
    "vote.ask_less": "Less like this?",
    "vote.noted_more": "More of this: noted",
    "vote.noted_less": "Less of this: noted",
    "vote.text_more": "From tomorrow on, papers like “{title}” stand higher in your digests.",
    "vote.text_less": "From tomorrow on, papers like “{title}” stand lower in your digests.",
    "vote.fades": "It moves papers up and down within your topics, and fades with time.",
    "vote.turn_more": "No, more like this",
    "vote.turn_less": "No, less like this",
    # Leaving.
    "left.title": "You are unsubscribed",
    "left.text": "{address} gets no further digest. It takes effect at once.",
    "left.nobody": "No further digest is sent. It takes effect at once.",
    "left.mistake": "Pressed by mistake, or changed your mind? Your topics are kept for you.",
    "leave.title": "No more mail?",
    "leave.text": "{address} gets papers {schedule}. One press, and it gets none.",
    "leave.button": "Unsubscribe",
    "leave.unknown": "We know nothing of you any more, and write no mail.",
    "leave.kept": "Your topics are kept, should you want to come back.",
    # Signing up.
    "join.title": "Get trending papers in your inbox once a day",
    "join.lede": (
        "Name what you work on. Each morning you get the few new papers that matter to you, each with the reason why, and "
        "what everybody talks about."
    ),
    "join.trap": "Leave this empty",
    "join.topics": "Topics",
    "join.topics_hint": "One on each line, or with commas between. A few words are enough.",
    "join.try": "Show what my topics would bring today",
    "join.examples": "Examples",
    "join.own": "Your topics, today:",
    "join.suggested": "For example, today:",
    "join.nothing": "nothing in the latest announcement",
    "join.email": "Your mail address",
    "join.button": "Sign up",
    "join.first": "First we write to the address and ask whether it wants mail. Until it says yes, it gets no other.",
    "join.links": "Every mail has a link to change topics, to pause, and to leave at once.",
    "join.by_mail": "You can do all of it by mail as well: write “subscribe neural operators” to",
    "join.talk": "What everybody talks about",
    "join.all": "All that is trending",
    "join.open_long": "This page lay open for long. Please press the button once more.",
    "join.too_quick": "That was quicker than people type. Please press the button once more.",
    "mailbox.title": "Look into your mailbox",
    "mailbox.lede": "If we may write to this address, a mail is on its way. Press the button in it, and you are done.",
    "mailbox.text": (
        "It comes within a few minutes. If it does not, look into the folder for spam, and check that the address was spelled"
        " right. We write to an address only a few times a day, however often somebody asks."
    ),
    "mailbox.meanwhile": "See what is trending meanwhile",
    # How things stand with somebody who gets no mail.
    "standing.bounced": "We stopped writing to {address} on {since}, because our mails came back.",
    "standing.because": "The mail server said: “{words}”",
    "standing.complained": "We stopped writing to {address} on {since}, because a mail of ours was reported as spam.",
    "standing.declined": "{address} asked never to be written to again, and we keep to it.",
    "standing.stopped": "{address} gets no mail at present, since the administrator took it off the list.",
    "standing.left": "{address} is unsubscribed and gets no mail.",
    "standing.left_since": "{address} is unsubscribed since {since} and gets no mail.",
    # Preferences.
    "prefs.title": "Your preferences",
    "prefs.nothing": "Nothing was saved yet.",
    "prefs.mend": "Please mend what is marked below.",
    "prefs.write_again": "Write to me again",
    "prefs.lede": "{address} gets papers {schedule}.",
    "prefs.lede_paused": "{address} gets papers {schedule}, again from {until} on.",
    "prefs.name": "Name",
    "prefs.keywords": "Keywords",
    "prefs.keywords_hint": "Words or phrases, with commas between. PINN* finds PINNs as well.",
    "prefs.text": "In your own words",
    "prefs.text_hint": "A sentence or a whole abstract: what papers should be about.",
    "prefs.exclude": "Leave out",
    "prefs.exclude_hint": "Papers with these words in title or abstract.",
    "prefs.authors": "Authors you follow",
    "prefs.authors_hint": "Always in, and marked.",
    "prefs.categories": "Only in categories",
    "prefs.categories_hint": "Such as cs.LG, math.NA.",
    "prefs.drop": "Drop this topic",
    "prefs.new": "New topics",
    "prefs.new_hint": "One on each line.",
    "prefs.when": "When",
    "prefs.days": "Days",
    "prefs.time": "Time",
    "prefs.zone": "Time zone",
    "prefs.what": "What",
    "prefs.most": "Papers in a mail, at most",
    "prefs.outside": "Of them from outside your topics",
    "prefs.layout": "Layout",
    "prefs.full": "Full, with abstracts",
    "prefs.compact": "Compact",
    "prefs.empty": "On a day with nothing to say",
    "prefs.empty_skip": "No mail",
    "prefs.empty_mail": "A line that says why",
    "prefs.language": "Language of mails and pages",
    "prefs.until": "No mail before",
    "prefs.save": "Save",
    "prefs.pause": "Pause",
    "prefs.paused": "No mail before {until}.",
    "prefs.resume": "Resume now",
    "prefs.away": "Away for a while? Your topics stay.",
    "prefs.weeks": ("{n} week", "{n} weeks"),
    "prefs.elsewhere": "Read it elsewhere, or leave",
    "prefs.feed": "Your digests also come as an Atom feed, for feed readers. Keep its address to yourself:",
    "prefs.feed_link": "your feed",
    "prefs.pending": "{address} has not confirmed yet. Press the button in the mail that we sent.",
    "prefs.saved": "Saved.",
    "prefs.returned": "Welcome back. Your digests come again.",
    "prefs.resumed": "Your digests come again.",
    "prefs.now_paused": "Paused. The next digest comes on {until} or later.",
    "stale.title": "This link is from an old mail",
    "stale.text": (
        "Mails are forwarded and found again, so links to preferences work for five weeks only. The latest mail has a fresh "
        "one."
    ),
    "stale.button": "Mail a fresh link to {address}",
    # Trending.
    "talk.title": "Trending papers",
    "talk.lede": "{date}: what readers of the last seven days’ papers talk about, upvotes weighed by age.",
    "talk.join": "Get these, and your own topics, by mail",
    "talk.soon": "The list is being reckoned. Look again in a moment.",
    "talk.none": "No paper of the last seven days has votes yet.",
    # Confirmed.
    "arrived.already": "You are in already",
    "arrived.first": "Your first digest is on its way. The next ones come {schedule}.",
    "arrived.next": "The next ones come {schedule}.",
    "arrived.sharper": (
        "Sharper topics bring better papers: add keywords, name authors whom you follow, leave out what you do not want."
    ),
    "arrived.change": "Change topics, days and times",
    # What went wrong, and what to do.
    "problem.mail": "Write to {address}",
    "problem.first": "To the first page",
    "feed.title": "{site}: your digests",
    "problem.token": "This link does not work",
    "problem.token.text": "Take it whole, as it stands in the mail: some mail programs break long links in two.",
    "problem.expired": "This link is too old",
    "problem.expired.text": "Sign up again, and a fresh mail is on its way.",
    "problem.stamp": "This page lay open for too long",
    "problem.stamp.text": "Go back, load the page again, and press the button once more.",
    "problem.button": "Nothing has changed",
    "problem.button.text": "Open the link of the mail and press the button on the page that it shows.",
    "problem.gone": "Nobody is here any more",
    "problem.gone.text": "What was stored under this link has been deleted. You can sign up again at any time.",
    "problem.digest": "This digest is no longer kept",
    "problem.digest.text": "Digests are kept for a while only; newer links still work.",
    "problem.sign_ups": "Too many sign-ups from your network",
    "problem.sign_ups.text": "Try again in ten minutes, or subscribe by mail.",
    "problem.glances": "That was a lot of looking",
    "problem.glances.text": "Try again in ten minutes, or just sign up.",
    "problem.404": "There is no such page",
    "problem.404.text": "If you came from a link in a mail, take it whole, as it stands there.",
    "problem.405": "That cannot be done here",
    "problem.405.text": "Open the page again and use its buttons.",
    "problem.500": "Something broke, and it is our fault",
    "problem.500.text": "It has been noted. Please try again in a while.",
    "problem.503": "Out of order for a moment",
    "problem.503.text": "Please try again in a minute.",
    "problem.other": "That did not work",
    "problem.other.text": "{detail}",
}
