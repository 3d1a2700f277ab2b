//! Ranges of network addresses: `10.8.0.0/16`, `2001:db8::/32`, or one address (RFC 4632, RFC 4291 2.3).

use std::net::IpAddr;

/// Addresses that share their first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkRange {
    first: IpAddr,
    bits: u8,
}

impl NetworkRange {
    /// Reads a range; nothing when it is none, also when bits stand behind the prefix: a slip there would let others in.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) if bits.bytes().all(|b| b.is_ascii_digit()) => (address, Some(bits.parse().ok()?)),
            Some(_) => return None,
            None => (text.trim(), None),
        };
        let first: IpAddr = address.parse().ok()?;
        let whole = if first.is_ipv4() { 32 } else { 128 };
        let range = Self { first, bits: bits.unwrap_or(whole) };
        (range.bits <= whole && range.prefix(first) == range.number(first)).then_some(range)
    }

    /// Does an address lie in it? An IPv4 address that came in the clothes of IPv6 counts as what it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && self.prefix(address) == self.number(self.first)
    }

    /// The address as a number of 128 bits, from the left.
    fn number(&self, address: IpAddr) -> u128 {
        match address {
            IpAddr::V4(four) => u128::from(four.to_bits()) << 96,
            IpAddr::V6(six) => six.to_bits(),
        }
    }

    fn prefix(&self, address: IpAddr) -> u128 {
        let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
        self.number(address) & mask
    }
}

#[cfg(test)]
mod tests {
    use super::NetworkRange;

    fn holds(range: &str, address: &str) -> bool {
        NetworkRange::parse(range).is_some_and(|r| address.parse().is_ok_and(|a| r.contains(a)))
    }

    #[test]
    fn a_range_holds_what_shares_its_first_bits() {
        assert!(holds("10.8.0.0/16", "10.8.255.1") && !holds("10.8.0.0/16", "10.9.0.1"));
        assert!(holds("10.8.0.7", "10.8.0.7") && !holds("10.8.0.7", "10.8.0.6"));
        assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:7::1") && !holds("2001:db8::/32", "2001:db9::1"));
        assert!(holds("::/0", "2001:db8::1") && holds("10.8.0.0/16", "::ffff:10.8.1.1"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in
            ["", "10.8.0.0/33", "10.8.0.1/16", "10.8.0.0/-1", "10.8.0.0/+8", "10.8/16", "::/129", "10.8.0.0/16/2", "office", "10.8.0.0/ 8"]
        {
            assert_eq!(NetworkRange::parse(text), None, "{text}");
        }
    }
}
