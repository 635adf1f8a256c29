"""Who asks, and how often: the address behind a proxy, and what one network may do in ten minutes. PURE but for its memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

Networks = Sequence[IPv4Network | IPv6Network]

#: A household or company has one IPv4 address, or one IPv6 network of this size (RFC 6177, section 2: at least a /64).
IPV6_PREFIX = 64


class Limit(Protocol):
    """Counts what names do; its memory is bounded."""

    def take(self, name: str, now: datetime) -> bool: ...


class Guard:
    """Lets a network do a thing so often, and all networks together so often."""

    def __init__(self, each: Limit, everybody: Limit, clock: Callable[[], datetime]) -> None:
        self._each, self._everybody, self._clock = each, everybody, clock

    def lets(self, network: str) -> bool:
        """Notes that it asks once more. What one network is denied does not count against all the others."""
        now = self._clock()
        return self._each.take(network, now) and self._everybody.take("everybody", now)


def network_of(peer: str, forwarded: str, proxies: Networks) -> str:
    """The network that asks. `forwarded` (X-Forwarded-For) is believed only where it was written by a trusted proxy.

    Each proxy appends the address that it heard from, so the list is read from its end, up to the first address that is not a
    trusted proxy: what stands before that, anybody may have written.
    """
    asking = peer
    heard = [each.strip() for each in forwarded.split(",") if each.strip()]
    while heard and _is_within(asking, proxies):
        asking = _bare(heard.pop())
    return _network(asking)


def _bare(written: str) -> str:
    """`[2001:db8::1]:4711` and `192.0.2.1:4711` without their ports."""
    if written.startswith("["):
        return written[1:].partition("]")[0]
    return written.partition(":")[0] if written.count(":") == 1 else written


def _is_within(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in networks)


def _network(address: str) -> str:
    """What is counted: an IPv4 address, an IPv6 /64, or "unknown" for what is neither."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if not found.ipv4_mapped:
            return str(ip_network((found, IPV6_PREFIX), strict=False))
        found = found.ipv4_mapped
    return str(found)
