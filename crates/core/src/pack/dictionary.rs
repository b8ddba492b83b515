//! The dictionaries records are compressed with, by version. What was written with one is read with it for ever, so
//! none is ever changed or taken away.
//!
//! They are made by `examples/pack_dictionary` of records that it makes up.

use std::io;
use std::sync::LazyLock;

use zstd::bulk::Compressor;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::CParameter;

/// Of the dictionary we write with.
pub(super) const NEWEST: u8 = 1;
/// zstd level: 2 µs an event; higher ones cost several times that and save little.
const LEVEL: i32 = 3;

const FIRST: &[u8] = include_bytes!("dictionary-1.zstd");

static TO_WRITE: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(FIRST, LEVEL));
static TO_READ_FIRST: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(FIRST));

/// Compresses with the newest dictionary. Its frames say neither how long they are nor which dictionary they want: a
/// pack's header does.
pub(super) fn compressor() -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::with_prepared_dictionary(&TO_WRITE)?;
    compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
    compressor.set_parameter(CParameter::DictIdFlag(false))?;
    Ok(compressor)
}

/// The dictionary of this version, to read with.
pub(super) fn of(version: u8) -> Option<&'static DecoderDictionary<'static>> {
    (version == 1).then(|| &*TO_READ_FIRST)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn a_dictionary_never_changes() {
        assert_eq!(
            hex::encode(Sha256::digest(FIRST)),
            "2a9bc2f2ab434f17516439cc6edd9d0e2080ffd5d41dc61436bc5f25144fe9cf",
            "records that are stored cannot be read without it"
        );
        assert_eq!(FIRST.len(), 16 * 1024);
        assert!(of(NEWEST).is_some() && of(NEWEST + 1).is_none() && of(0).is_none());
    }
}
