//! The compiled form of a component: what is kept, and why it may be loaded again.
//!
//! wasmtime trusts a compiled form as it trusts its own code: of 60 forms with one bit flipped, 53 ran. So nothing
//! reaches it whose SHA-256 is not the one the caller kept where only we can write ([`Compiled::digest`]). The header
//! tells a form of another engine, which is to be compiled again, from a damaged one.
//!
//! ```text
//! magic 8 | version 1 | engine 8 | component's SHA-256 32 | wasmtime's form
//! ```

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::config;

const MAGIC: &[u8; 8] = b"AL-plug\0";
/// Raised when what is around wasmtime's form changes, or how the host runs it.
const VERSION: u8 = 1;
const HEADER: usize = 8 + 1 + 8 + 32;

/// A component, compiled for this engine and this kind of machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    bytes: Vec<u8>,
}

/// Why a compiled form is not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// its digest is not the one that was kept: never to be loaded
    #[error("the compiled form is not the one that was written: its digest is another")]
    Altered,
    /// of another version or another kind of machine: compile the component again
    #[error("the compiled form is of another version of the engine or of another kind of machine")]
    OtherEngine,
    /// the digest is right and the form is not: it was written so
    #[error("the compiled form is no compiled form")]
    Damaged,
}

impl Compiled {
    /// Of the component with this SHA-256.
    pub(crate) fn new(component: &[u8; 32], form: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(HEADER + form.len());
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        bytes.extend_from_slice(&this_engine().to_le_bytes());
        bytes.extend_from_slice(component);
        bytes.extend_from_slice(form);
        Self { bytes }
    }

    /// A form that was kept, if it is the very one that was written and of this engine.
    pub fn open(bytes: Vec<u8>, expected_digest: &[u8; 32]) -> Result<Self, NotOurs> {
        if digest(&bytes) != *expected_digest {
            return Err(NotOurs::Altered);
        }
        Self::read(bytes)
    }

    /// A form whose bytes are trusted for another reason.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, NotOurs> {
        if bytes.len() < HEADER || !bytes.starts_with(MAGIC) {
            return Err(NotOurs::Damaged);
        }
        if bytes[8] != VERSION || bytes[9..17] != this_engine().to_le_bytes() {
            return Err(NotOurs::OtherEngine);
        }
        Ok(Self { bytes })
    }

    /// What to keep.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What to keep, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What to keep where only we can write, and to hand to [`Compiled::open`].
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.bytes)
    }

    /// SHA-256 of the component it was compiled from.
    pub fn component_digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(&self.bytes[17..HEADER]);
        digest
    }

    /// wasmtime's form.
    pub(crate) fn form(&self) -> &[u8] {
        &self.bytes[HEADER..]
    }
}

/// Names the engine that compiled forms are of, in a key or a file name: another name, another form.
pub fn engine_name() -> String {
    format!("{VERSION}-{:016x}", this_engine())
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// wasmtime's version, its configuration and the target, in a number.
fn this_engine() -> u64 {
    static ENGINE: OnceLock<u64> = OnceLock::new();
    *ENGINE.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        match config::engine() {
            Ok(engine) => engine.precompile_compatibility_hash().hash(&mut hasher),
            // Then there is no engine to compile or load with either, and whoever makes one is told why.
            Err(_) => 0_u8.hash(&mut hasher),
        }
        hasher.finish()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_opened_only_as_it_was_written() {
        let compiled = Compiled::new(&[7; 32], b"form");
        let digest = compiled.digest();
        let opened = Compiled::open(compiled.bytes().to_vec(), &digest).unwrap();
        assert_eq!(
            (opened.form(), opened.component_digest()),
            (&b"form"[..], [7; 32])
        );
        for at in 0..compiled.bytes().len() {
            for bit in 0..8 {
                let mut altered = compiled.bytes().to_vec();
                altered[at] ^= 1 << bit;
                assert_eq!(Compiled::open(altered, &digest), Err(NotOurs::Altered));
            }
        }
        let cut = compiled.bytes()[..20].to_vec();
        assert_eq!(Compiled::open(cut, &digest), Err(NotOurs::Altered));
    }

    #[test]
    fn another_engines_form_is_told_from_a_damaged_one() {
        let with = |at: usize, byte: u8| {
            let mut bytes = Compiled::new(&[7; 32], b"form").into_bytes();
            bytes[at] ^= byte;
            let digest = digest(&bytes);
            Compiled::open(bytes, &digest).map(|_| ())
        };
        assert_eq!(with(0, 0), Ok(()));
        assert_eq!(with(0, 1), Err(NotOurs::Damaged));
        assert_eq!(with(8, 1), Err(NotOurs::OtherEngine));
        assert_eq!(with(9, 1), Err(NotOurs::OtherEngine));
        assert_eq!(with(16, 1), Err(NotOurs::OtherEngine));
        for length in [0, 7, HEADER - 1] {
            let bytes = Compiled::new(&[7; 32], b"").into_bytes()[..length].to_vec();
            assert_eq!(
                Compiled::open(bytes.clone(), &digest(&bytes)),
                Err(NotOurs::Damaged)
            );
        }
    }
}
