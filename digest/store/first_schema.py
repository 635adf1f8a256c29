"""Schema 1, as it was. Never changed: what came later is in `migrations`."""

FIRST_SCHEMA = """
CREATE TABLE schema_version (version INTEGER PRIMARY KEY)

CREATE TABLE papers (
    key {KEY},
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    authors TEXT NOT NULL,
    categories TEXT NOT NULL,
    published TIMESTAMP WITH TIME ZONE,
    announced DATE,
    announce_type TEXT NOT NULL,
    url TEXT NOT NULL,
    pdf_url TEXT NOT NULL,
    code_url TEXT NOT NULL,
    project_url TEXT NOT NULL,
    discussion_url TEXT NOT NULL,
    doi TEXT NOT NULL,
    comment TEXT NOT NULL,
    summary TEXT NOT NULL,
    keywords TEXT NOT NULL,
    aliases TEXT NOT NULL,
    sources TEXT NOT NULL,
    version INTEGER NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    first_seen TIMESTAMP WITH TIME ZONE,
    kept_at TIMESTAMP WITH TIME ZONE NOT NULL,
    origins TEXT NOT NULL
)

CREATE INDEX papers_by_first_seen ON papers (first_seen)

CREATE INDEX papers_by_announced ON papers (announced)

CREATE TABLE aliases (
    name TEXT NOT NULL PRIMARY KEY,
    paper BIGINT NOT NULL REFERENCES papers (key) ON DELETE CASCADE
)

CREATE INDEX aliases_by_paper ON aliases (paper)

CREATE TABLE merged_papers (
    old BIGINT NOT NULL PRIMARY KEY,
    paper BIGINT NOT NULL REFERENCES papers (key) ON DELETE CASCADE
)

CREATE INDEX merged_papers_by_paper ON merged_papers (paper)

CREATE TABLE sightings (
    key {KEY},
    paper BIGINT NOT NULL REFERENCES papers (key) ON DELETE CASCADE,
    source TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    listed DATE,
    upvotes INTEGER,
    comments INTEGER,
    stars INTEGER
)

CREATE INDEX sightings_by_paper ON sightings (paper, source, at)

CREATE INDEX sightings_by_at ON sightings (at)

CREATE TABLE fetches (
    key {KEY},
    source TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    found INTEGER NOT NULL,
    new INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    error TEXT NOT NULL,
    note TEXT NOT NULL
)

CREATE INDEX fetches_by_source ON fetches (source, at)

CREATE TABLE validators (
    url TEXT NOT NULL PRIMARY KEY,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL
)

CREATE TABLE subscriptions (
    address TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    state VARCHAR(20) NOT NULL,
    reason TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    consent_how TEXT NOT NULL,
    consent_at TIMESTAMP WITH TIME ZONE,
    consent_confirmed TIMESTAMP WITH TIME ZONE,
    consent_detail TEXT NOT NULL
)

CREATE TABLE subscribers (
    key {KEY},
    address TEXT NOT NULL UNIQUE REFERENCES subscriptions (address),
    profile TEXT NOT NULL,
    overlay TEXT NOT NULL,
    origin TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    next_due TIMESTAMP WITH TIME ZONE
)

CREATE INDEX subscribers_by_next_due ON subscribers (next_due)

CREATE INDEX subscribers_by_origin ON subscribers (origin)

CREATE TABLE roster_files (
    name TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL
)

CREATE TABLE votes (
    subscriber BIGINT NOT NULL REFERENCES subscribers (key) ON DELETE CASCADE,
    paper BIGINT NOT NULL REFERENCES papers (key) ON DELETE CASCADE,
    value TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (subscriber, paper)
) {CLUSTERED}

CREATE INDEX votes_by_paper ON votes (paper)

CREATE TABLE deliveries (
    key {KEY},
    once TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subscriber BIGINT REFERENCES subscribers (key) ON DELETE SET NULL,
    date DATE,
    state VARCHAR(20) NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    code INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    losses INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT NOT NULL DEFAULT '',
    lease_until TIMESTAMP WITH TIME ZONE,
    retry_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    message_id TEXT NOT NULL DEFAULT ''
)

CREATE INDEX deliveries_due ON deliveries (due_at, key) WHERE state = 'due'

CREATE INDEX deliveries_by_retry ON deliveries (retry_at, key) WHERE retry_at IS NOT NULL

CREATE INDEX deliveries_by_lease ON deliveries (lease_until, key) WHERE lease_until IS NOT NULL

CREATE INDEX deliveries_by_date ON deliveries (date)

CREATE INDEX deliveries_by_subscriber ON deliveries (subscriber, date)

CREATE INDEX deliveries_by_recipient ON deliveries (recipient, kind, due_at)

CREATE TABLE frozen (
    delivery BIGINT NOT NULL PRIMARY KEY REFERENCES deliveries (key) ON DELETE CASCADE,
    content TEXT NOT NULL
) {CLUSTERED}

CREATE TABLE sent_papers (
    subscriber BIGINT NOT NULL,
    paper BIGINT NOT NULL,
    delivery BIGINT NOT NULL,
    PRIMARY KEY (subscriber, paper, delivery)
) {CLUSTERED}

CREATE INDEX sent_papers_by_paper ON sent_papers (paper)

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
)
"""
