//! Where nothing is sent to, whoever asks: whoever may set an address must not be able to make the server speak to
//! itself, or to the service that hands a cloud machine its keys (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Cloud services about the machine itself that lie outside the link-local ranges.
const ABOUT_ITSELF: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)), IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254))];

/// Is the address closed to messages? `local` opens this machine itself (a mail server on it), nothing else.
#[must_use]
pub fn closed(ip: IpAddr, local: bool) -> bool {
    let ip = inner(ip);
    if ABOUT_ITSELF.contains(&ip) {
        return true;
    }
    match ip {
        IpAddr::V4(v4) => {
            (v4.is_loopback() && !local)
                || v4.is_unspecified()
                || v4.octets().first() == Some(&0)
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
        }
        IpAddr::V6(v6) => (v6.is_loopback() && !local) || v6.is_unspecified() || v6.is_unicast_link_local() || v6.is_multicast(),
    }
}

/// The address behind other ways to write it: mapped (`::ffff:…`), compatible (`::…`), NAT64 (`64:ff9b::…`), 6to4 (`2002:…`).
fn inner(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([x, y], [z, w]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(x, y, z, w))
    };
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => v4(g, h),
        (0, 0, 0, 0, 0, 0) if g != 0 => v4(g, h),
        (0x2002, high, low, ..) => v4(high, low),
        _ => ip,
    }
}

/// Host and port of an address on the web; none for anything else, and none when it carries a name and password.
#[must_use]
pub fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty() && !host.contains(['@', '\\']) && url.bytes().all(|b| (0x21..0x7f).contains(&b))).then_some(host)
}
