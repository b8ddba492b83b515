//! What differs from record to record: the same on every machine.

/// `SplitMix64`.
pub struct Random(u64);

const HEX: &[u8] = b"0123456789abcdef";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// AWS's own examples.
const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "123456789012"];
const WORDS: [&str; 12] = [
    "orders", "billing", "catalog", "frontend", "reports", "metrics", "backup", "staging", "prod",
    "search", "users", "images",
];

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// One of these; the first ones more often.
    pub fn early<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let end = 1 + self.below(all.len());
        &all[self.below(end)]
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).map(|_| char::from(*self.of(alphabet))).collect()
    }

    fn uuid(&mut self) -> String {
        let hex = self.letters(HEX, 32);
        let variant = ['8', '9', 'a', 'b'][self.below(4)];
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }

    /// Puts values in place of what stands between `<` and `>`: one account and mostly one word a record.
    pub fn fill(&mut self, template: &str) -> String {
        let (account, word) = (*self.of(&ACCOUNTS), *self.of(&WORDS));
        let mut parts = template.split('<');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('>').unwrap_or((part, ""));
            match name {
                "account" => text.push_str(account),
                "word" if self.below(3) > 0 => text.push_str(word),
                other => {
                    let value = self.value(other);
                    text.push_str(&value);
                }
            }
            text.push_str(rest);
        }
        text
    }

    fn value(&mut self, name: &str) -> String {
        match name {
            "uuid" => self.uuid(),
            "UUID" => self.uuid().to_uppercase(),
            "id" => format!("0{}", self.letters(HEX, 16)),
            "hex" => self.letters(HEX, 32),
            "id8" => self.letters(HEX, 8).to_uppercase(),
            "base32" => self.letters(BASE32, 16),
            "token" => self.letters(
                b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/",
                76,
            ),
            "word" => (*self.of(&WORDS)).to_owned(),
            "ip" => format!("203.0.113.{}", self.below(255)),
            "private" => format!(
                "10.{}.{}.{}",
                self.below(4),
                self.below(255),
                self.below(255)
            ),
            "n" => self.below(1_000).to_string(),
            "ms" => format!("1{}000", 700_000_000 + self.below(200_000_000)),
            "region" => {
                (*self.early(&["us-east-1", "eu-west-1", "us-west-2", "eu-central-1"])).to_owned()
            }
            "time" => format!(
                "202{}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                3 + self.below(5),
                1 + self.below(12),
                1 + self.below(28),
                self.below(24),
                self.below(60),
                self.below(60)
            ),
            "" => "<".to_owned(),
            other => unreachable!("no value is called {other}"),
        }
    }
}
