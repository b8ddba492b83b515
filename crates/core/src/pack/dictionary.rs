//! The dictionaries records are compressed with, by version. What was written with one is read with it for ever, so
//! none is ever changed or taken away.

use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// Of the dictionary we write with. 0 is none.
pub(super) const NEWEST: u8 = 0;
/// zstd level: 2 µs an event; higher ones cost several times that and save little.
const LEVEL: i32 = 3;

/// Compresses with the newest dictionary. Its frames say neither how long they are nor which dictionary they want: a
/// pack's header does.
pub(super) fn compressor() -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
    compressor.set_parameter(CParameter::DictIdFlag(false))?;
    Ok(compressor)
}

/// Whether there is a dictionary of this version.
pub(super) const fn is_known(version: u8) -> bool {
    version == NEWEST
}

/// Lets `decompressor` read what was written with the dictionary of this version.
pub(super) fn prepare(decompressor: &mut Decompressor<'static>, _version: u8) -> io::Result<()> {
    decompressor.set_dictionary(&[])
}
