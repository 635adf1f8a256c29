"""What can be wrong with a database, in words that name the setting and the remedy."""

from __future__ import annotations

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from digest.errors import ConfigError

SETTING = "DIGEST_DATABASE_URL"

#: What the databases say (in lower case), and what to do about it. `{place}` is the file or server.
_REMEDIES = (
    ("readonly database", "{place} cannot be written: give this user write access to the file and to its folder"),
    ("disk is full", "no room left for {place}: free some space and run the same again; nothing that was stored is lost"),
    ("no space left", "no room left for {place}: free some space and run the same again; nothing that was stored is lost"),
    ("disk i/o error", "{place} cannot be read or written: free some space if its disk is full, else see whether that disk fails"),
    ("database is locked", "another process has been writing to {place} for too long: end it, or wait, and run the same again"),
    ("unable to open database file", "{place} cannot be opened: the folder must exist and be writable for this user"),
    ("file is not a database", "{place} is another kind of file: name a new file, or one that this program made"),
    ("malformed", "{place} is damaged: restore the last backup (made with `digest backup FILE`)"),
    ("password authentication failed", "{place} refuses the user or password: correct them in the URL"),
    ("no password supplied", "{place} wants a password: write postgresql://USER:PASSWORD@HOST/DATABASE"),
    ("permission denied", "{place} does not let this user do that: grant it CREATE and USAGE on the schema"),
    ("does not exist", "{place} does not have it ({said}): create it with `createdb` and `createuser`, or correct the URL"),
    ("connection refused", "no PostgreSQL answers at {place}: start it, or correct host and port"),
    ("no such file or directory", "no PostgreSQL answers at {place}: start it, or correct host and port"),
    ("failed to resolve host", "{place} is not known to the name server: correct the host in the URL"),
    ("timeout", "{place} does not answer in time: look at the server and at the network"),
    ("server closed the connection", "{place} went away in mid-work: nothing half-done was kept; run the same again"),
    ("terminating connection", "{place} went away in mid-work: nothing half-done was kept; run the same again"),
    ("connection failed", "{place} cannot be reached ({said}): look at the server, then at the URL"),
)


def explained(error: DBAPIError, url: URL) -> ConfigError | None:
    """The advice for a fault that lies outside the program, or None when it is a fault of ours."""
    said = " ".join(str(error.orig).split())
    for sign, remedy in _REMEDIES:
        if sign in said.lower():
            return ConfigError(remedy.format(place=place(url), said=said), key=SETTING)
    return None


def place(url: URL) -> str:
    """The file, or the database and its server, without the password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "the database in memory"
    return f"database '{url.database or ''}' on {url.host or 'the local socket'}" + (f":{url.port}" if url.port else "")


def bad_url(url: str) -> ConfigError:
    scheme = url.partition(":")[0] if "://" in url else ""
    what = f"'{scheme}' is not a database we know" if scheme else "this is not a database URL"
    return ConfigError(f"{what}: write sqlite:///digest.sqlite3 or postgresql://USER:PASSWORD@HOST/DATABASE", key=SETTING)


def no_psycopg() -> ConfigError:
    return ConfigError("PostgreSQL needs one more package: pip install 'paper-digest[postgres]'", key=SETTING)


def newer_schema(url: URL, *, theirs: int, ours: int) -> ConfigError:
    return ConfigError(
        f"{place(url)} was made by a newer version of this program (schema {theirs}, this one knows {ours}): upgrade paper-digest",
        key=SETTING,
    )


def no_folder(url: URL, folder: str) -> ConfigError:
    return ConfigError(f"the folder {folder} of {place(url)} does not exist: create it with `mkdir -p {folder}`", key=SETTING)


def stray_rows(url: URL, names: list[str]) -> ConfigError:
    said = f"rows of {', '.join(names)} in {place(url)} refer to rows that are gone"
    return ConfigError(f"{said}: restore the last backup (made with `digest backup FILE`)", key=SETTING)


def damaged(url: URL, faults: list[str]) -> ConfigError:
    said = "; ".join(faults[:3])
    return ConfigError(f"{place(url)} is damaged ({said}): restore the last backup (made with `digest backup FILE`)", key=SETTING)
