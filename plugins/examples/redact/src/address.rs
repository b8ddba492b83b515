//! IP addresses, found anywhere in a text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The text, with every address in it cut down: IPv4 to so many numbers, IPv6 to the first two groups.
pub fn without_addresses(text: &str, octets: usize) -> String {
    // Nearly all texts hold none.
    if !text.contains(['.', ':']) {
        return text.to_owned();
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|char: char| !is_part(char)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        result.push_str(&redacted(word, octets).unwrap_or_else(|| word.to_owned()));
        let other = behind.find(is_part).unwrap_or(behind.len());
        result.push_str(&behind[..other]);
        rest = &behind[other..];
    }
    result
}

/// Letters and digits too, so that the middle of a longer word is no address.
fn is_part(char: char) -> bool {
    char.is_alphanumeric() || char == '.' || char == ':'
}

/// Of a word that is an address, maybe with a port, or with a full stop or a colon behind it.
fn redacted(word: &str, octets: usize) -> Option<String> {
    if let Some(redacted) = bare(word, octets) {
        return Some(redacted);
    }
    // One only: `2001:db8::` ends in colons of its own.
    let shorter = word.strip_suffix(['.', ':'])?;
    Some(bare(shorter, octets)? + &word[shorter.len()..])
}

fn bare(word: &str, octets: usize) -> Option<String> {
    if let Ok(address) = word.parse::<IpAddr>() {
        return Some(cut(address, octets));
    }
    let (address, port) = word.rsplit_once(':')?;
    let address: Ipv4Addr = address.parse().ok()?;
    Some(format!("{}:{port}", cut(address.into(), octets)))
}

fn cut(address: IpAddr, octets: usize) -> String {
    match address {
        IpAddr::V4(address) => v4(address, octets),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr, octets: usize) -> String {
    let numbers = address.octets();
    let shown = |(at, number): (usize, &u8)| {
        if at < octets {
            number.to_string()
        } else {
            "x".to_owned()
        }
    };
    numbers
        .iter()
        .enumerate()
        .map(shown)
        .collect::<Vec<_>>()
        .join(".")
}

fn v6(address: Ipv6Addr) -> String {
    let [first, second, ..] = address.segments();
    format!("{first:x}:{second:x}:x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_texts() {
        for (text, expected) in [
            ("10.1.2.3", "10.1.x.x"),
            (
                "from 10.1.2.3, to 10.1.2.4:443.",
                "from 10.1.x.x, to 10.1.x.x:443.",
            ),
            ("10.1.2.3/32", "10.1.x.x/32"),
            ("[2001:db8::1]:443", "[2001:db8:x]:443"),
            ("é 10.1.2.3 é", "é 10.1.x.x é"),
            (
                "aws-cli/2.13.0 Python/3.11.4.1",
                "aws-cli/2.13.0 Python/3.11.x.x",
            ),
            ("1.2.3.4.5", "1.2.3.4.5"),
            ("v1.2.3.4", "v1.2.3.4"),
            ("2023-07-10T11:45:00Z", "2023-07-10T11:45:00Z"),
            (
                "arn:aws:iam::123456789012:user/a",
                "arn:aws:iam::123456789012:user/a",
            ),
            ("2001:db8::/32", "2001:db8:x/32"),
            ("::", "0:0:x"),
            ("::.", "0:0:x."),
        ] {
            assert_eq!(without_addresses(text, 2), expected);
        }
        assert_eq!(without_addresses("10.1.2.3", 3), "10.1.2.x");
    }
}
