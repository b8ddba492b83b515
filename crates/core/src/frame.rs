//! zstd frames, read.

use std::cell::RefCell;
use std::io;

use zstd::bulk::Decompressor;
use zstd::dict::DecoderDictionary;

thread_local! {
    /// Making one takes as long as decompressing a small frame.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Decompresses to exactly `length` bytes; never writes more. `dictionary` is the one it was compressed with, if any.
pub(crate) fn decompress(
    frame: &[u8],
    dictionary: Option<&'static DecoderDictionary<'static>>,
    length: usize,
) -> io::Result<Vec<u8>> {
    let mut plain = vec![0; length];
    let written = DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            none => none.insert(Decompressor::new()?),
        };
        match dictionary {
            Some(dictionary) => decompressor.set_prepared_dictionary(dictionary)?,
            None => decompressor.set_dictionary(&[])?,
        }
        decompressor.decompress_to_buffer(frame, &mut plain[..])
    })?;
    if written == length {
        Ok(plain)
    } else {
        Err(io::Error::other("shorter than its header says"))
    }
}
