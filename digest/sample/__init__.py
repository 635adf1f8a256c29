"""Sixty-odd real papers of one week (Friday 2026-03-20 to Thursday 2026-03-26), so that a preview needs no network and no settings.

`papers.jsonl` is a paper file with a few keys more. Where its content comes from:

- Ids, titles, authors, categories, comments and days are arXiv's metadata, which are dedicated to the public domain
  (CC0, https://info.arxiv.org/help/license/index.html). Titles have their TeX written out. `announced` is arXiv's day, or the
  day of Hugging Face's list where arXiv's lies before this week or is not known; then `categories` may be missing as well.
- Upvotes, comments and stars are what Hugging Face's daily papers (https://huggingface.co/papers) showed on those days.
  `sightings` gives each time at which they were seen, up to the last morning; what was not seen then is left out, not zero.
- Every `abstract` and `summary` is a retelling written for this file, and so are the `keywords`: for the real thing follow
  `url`. Authors are not answerable for our wording.
"""
