//! The network of a host, by its name or address alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network that a host is in, from the farthest to the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Network {
    /// The internet, as far as the name tells: a DNS name can resolve to any address.
    Public,
    /// A private or special-purpose network.
    Private,
    /// This machine.
    Loopback,
}

/// Returns the network of the host of a URL; IPv6 addresses are in brackets.
///
/// # Errors
///
/// Returns the reason, for the end of a sentence about the host, if parsers could disagree about
/// which host is meant.
pub(crate) fn network(host: &str) -> Result<Network, &'static str> {
    if let Some(rest) = host.strip_prefix('[') {
        let address = rest.strip_suffix(']').and_then(|rest| rest.parse().ok());
        return address
            .map(network_of_ipv6)
            .ok_or("is not an IPv6 address; remove a zone, if there is one");
    }
    if host.contains('%') {
        return Err("is percent-encoded; write the characters themselves");
    }
    // A dot at the end names the DNS root.
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_of_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.bytes().all(is_of_names) {
        return Err("has a character that host names do not have");
    }
    let mut labels = name.rsplit('.');
    let last = labels.next().unwrap_or_default();
    if name.split('.').any(str::is_empty) {
        return Err("has an empty label; remove the dot that is too many");
    }
    if is_number(last) {
        return name.parse().map(network_of_ipv4).map_err(
            |_| "is an unusual spelling of an IPv4 address; write four decimal numbers, as in `192.0.2.1`",
        );
    }
    Ok(match (last, labels.next()) {
        // RFC 6761 section 6.3.
        ("localhost", _) => Network::Loopback,
        // Single labels are resolved by search lists and host files. RFC 6762, RFC 8375, and the
        // names that ICANN and hosts files keep for private use.
        (_, None) | ("local" | "localdomain" | "internal", _) | ("arpa", Some("home")) => {
            Network::Private
        }
        _ => Network::Public,
    })
}

/// Returns whether plain http to `host` does not leave the machine under any resolver: the name
/// `localhost` or an address, without the special cases of [`network`].
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The URL Standard takes a host for an IPv4 address if its last label is one of these.
fn is_number(label: &str) -> bool {
    let is_hexadecimal = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    label.bytes().all(|digit| digit.is_ascii_digit())
        || label.strip_prefix("0x").is_some_and(is_hexadecimal)
}

/// By the IANA registry of special-purpose addresses. `0.0.0.0` connects to the machine itself.
fn network_of_ipv4(address: Ipv4Addr) -> Network {
    let [first, second, third, _] = address.octets();
    match (first, second, third) {
        (0 | 127, ..) => Network::Loopback,
        (10 | 224.., ..)
        | (100, 64..=127, _)
        | (169, 254, _)
        | (172, 16..=31, _)
        | (192, 168, _)
        | (192, 0, 0 | 2)
        | (198, 18..=19, _)
        | (198, 51, 100)
        | (203, 0, 113) => Network::Private,
        _ => Network::Public,
    }
}

/// By the IANA registry of special-purpose addresses. An address that stands for an IPv4 address is
/// where that one is.
fn network_of_ipv6(address: Ipv6Addr) -> Network {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Network::Loopback,
        // IPv4-compatible and IPv4-mapped (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052) and
        // 6to4 (RFC 3056).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => {
            let bits = u32::from(high) << 16 | u32::from(low);
            network_of_ipv4(Ipv4Addr::from_bits(bits))
        }
        // Teredo and others of 2001::/23, and the two networks for documentation.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Network::Private,
        [0x2000..=0x3fff, ..] => Network::Public,
        _ => Network::Private,
    }
}
