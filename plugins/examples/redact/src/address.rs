//! IP addresses, found anywhere in a text: by themselves, with a port, or inside of a word (`ip-10-1-2-3.internal`).

use std::net::{IpAddr, Ipv6Addr};

/// What the numbers of an address stand behind where hyphens are between them: Amazon's names of machines.
const BEFORE_HYPHENS: [&str; 2] = ["ip-", "ec2-"];

/// The text, with every address in it cut down: IPv4 to so many numbers, IPv6 to the first two groups.
pub fn without_addresses(text: &str, octets: usize) -> String {
    let mut text = text.to_owned();
    // Nearly all texts hold none, which is told without taking them apart.
    let count = |text: &str, sign: u8| text.bytes().filter(|byte| *byte == sign).count();
    if text.contains("::") || count(&text, b':') >= 6 {
        text = v6s(&text);
    }
    let is_begun = |bytes: &[u8]| bytes[1] == b'-' && matches!(bytes[0], b'p' | b'P' | b'2');
    if text.as_bytes().windows(2).any(is_begun) {
        text = hyphenated(&text, octets);
    }
    if count(&text, b'.') >= 3 {
        text = dotted(&text, octets);
    }
    text
}

/// Puts together a text of its runs of characters of a kind, and what is between those. A run is given with what stands
/// before and behind it.
fn by_runs(
    text: &str,
    is_part: impl Fn(char) -> bool,
    run: impl Fn(&str, &str, &str) -> Option<String>,
) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(from) = text[at..].find(&is_part).map(|found| at + found) {
        let to = text[from..]
            .find(|char| !is_part(char))
            .map_or(text.len(), |found| from + found);
        result.push_str(&text[at..from]);
        match run(&text[..from], &text[from..to], &text[to..]) {
            Some(changed) => result.push_str(&changed),
            None => result.push_str(&text[from..to]),
        }
        at = to;
    }
    result.push_str(&text[at..]);
    result
}

/// `10.1.2.3`: four numbers, no more and no less, with points between them.
fn dotted(text: &str, octets: usize) -> String {
    let is_part = |char: char| char.is_ascii_digit() || char == '.';
    by_runs(text, is_part, |_, run, _| {
        // Two points end one: `10.1.2.3..10.1.2.9`.
        let parts = run.split("..").map(|part| {
            let bare = part.trim_matches('.');
            match four(bare, '.', octets) {
                Some(short) => part.replace(bare, &short),
                None => part.to_owned(),
            }
        });
        Some(parts.collect::<Vec<_>>().join(".."))
    })
}

/// `ip-10-1-2-3`.
fn hyphenated(text: &str, octets: usize) -> String {
    let lower = text.to_ascii_lowercase();
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(from) = behind_begin(&lower[at..]).map(|found| at + found) {
        let rest = &text[from..];
        let is_part = |char: char| char.is_ascii_digit() || char == '-';
        let run = &rest[..rest.find(|char| !is_part(char)).unwrap_or(rest.len())];
        let run = run.trim_end_matches('-');
        result.push_str(&text[at..from]);
        result.push_str(&four(run, '-', octets).unwrap_or_else(|| run.to_owned()));
        at = from + run.len();
    }
    result.push_str(&text[at..]);
    result
}

/// Where the first name of a machine has its numbers.
fn behind_begin(lower: &str) -> Option<usize> {
    let found = BEFORE_HYPHENS
        .iter()
        .filter_map(|begin| Some(lower.find(begin)? + begin.len()));
    found.min()
}

/// Four numbers of an IPv4 address, the last of them as `x`.
fn four(text: &str, between: char, octets: usize) -> Option<String> {
    let numbers: Vec<&str> = text.split(between).collect();
    let is_number = |text: &&str| text.len() <= 3 && text.parse::<u16>().is_ok_and(|n| n < 256);
    if numbers.len() != 4 || !numbers.iter().all(is_number) {
        return None;
    }
    let shown = numbers
        .iter()
        .enumerate()
        .map(|(at, number)| if at < octets { number } else { "x" });
    Some(shown.collect::<Vec<_>>().join(&between.to_string()))
}

/// IPv6 addresses.
fn v6s(text: &str) -> String {
    let is_part = |char: char| char.is_ascii_hexdigit() || char == ':' || char == '.';
    by_runs(text, is_part, |before, run, behind| {
        if run.bytes().filter(|byte| *byte == b':').count() < 2 {
            return None;
        }
        let is_word = |char: char| char.is_alphanumeric();
        let in_word = before.ends_with(is_word) || behind.starts_with(is_word);
        if let Some(short) = v6(run, in_word) {
            return Some(short);
        }
        // One only: `2001:db8::` ends in colons of its own.
        let shorter = run.strip_suffix(['.', ':'])?;
        Some(v6(shorter, in_word)? + &run[shorter.len()..])
    })
}

/// Inside of a word it must be three groups that are written out: `arn:aws:iam::aws:policy/p` holds `::a`.
fn v6(text: &str, in_word: bool) -> Option<String> {
    let groups = text.split(':').filter(|group| !group.is_empty()).count();
    if in_word && groups < 3 {
        return None;
    }
    if let Ok(IpAddr::V6(address)) = text.parse() {
        return Some(cut(address));
    }
    // Letters of the word before it may look like digits of its first group: `cafe2001:db8::1`.
    let first = text.find(':')?;
    let word = text.get(..first)?.len().checked_sub(4)?;
    let address: Ipv6Addr = text[word..].parse().ok().filter(|_| groups >= 3)?;
    Some(format!("{}{}", &text[..word], cut(address)))
}

fn cut(address: Ipv6Addr) -> String {
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
            ("10.1.2.3-10.1.2.9", "10.1.x.x-10.1.x.x"),
            ("10.1.2.3..10.1.2.9", "10.1.x.x..10.1.x.x"),
            ("[2001:db8::1]:443", "[2001:db8:x]:443"),
            ("é 10.1.2.3 é", "é 10.1.x.x é"),
            ("010.001.002.003", "010.001.x.x"),
            (
                "aws-cli/2.13.0 Python/3.11.4.1",
                "aws-cli/2.13.0 Python/3.11.x.x",
            ),
            ("2001:db8::/32", "2001:db8:x/32"),
            ("::", "0:0:x"),
            ("::.", "0:0:x."),
            ("::ffff:10.1.2.3", "0:0:x"),
            ("::ffff:10.1.2.3:443", "::ffff:10.1.x.x:443"),
        ] {
            assert_eq!(without_addresses(text, 2), expected);
        }
        assert_eq!(without_addresses("10.1.2.3", 3), "10.1.2.x");
    }

    #[test]
    fn addresses_are_found_inside_of_words() {
        for (text, expected) in [
            ("v1.2.3.4", "v1.2.x.x"),
            ("host10.1.2.3", "host10.1.x.x"),
            ("db_10.1.2.3_a", "db_10.1.x.x_a"),
            ("10.1.2.3.nip.io", "10.1.x.x.nip.io"),
            ("é10.1.2.3é", "é10.1.x.xé"),
            (
                "ip-10-1-2-3.eu-west-1.compute.internal",
                "ip-10-1-x-x.eu-west-1.compute.internal",
            ),
            ("EC2-198-51-100-7.a", "EC2-198-51-x-x.a"),
            ("from_2001:db8:1::1", "from_2001:db8:x"),
            ("host2001:db8::1", "host2001:db8:x"),
            ("cafe2001:db8::1", "cafe2001:db8:x"),
            ("2001:db8::1host", "2001:db8:xhost"),
        ] {
            assert_eq!(without_addresses(text, 2), expected);
        }
    }

    #[test]
    fn what_is_no_address_stays() {
        for text in [
            "1.2.3.4.5",
            "1.2.3.256",
            "10.1.2",
            "rule-1-2-3-4",
            "ip-1-2-3",
            "2026-11-19-12",
            "2023-07-10T11:45:00Z",
            "00:1a:2b:3c:4d:5e",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::1:user/a",
            "arn:aws:s3:::bucket/a",
            "std::fmt::a",
            "6f1c2d3e-4b5a-4c6d-8e7f-901a2b3c4d5e",
        ] {
            assert_eq!(without_addresses(text, 2), text);
        }
    }
}
