//! Reading a gzip file of exactly one member, up to a size.

use std::io::{self, Read as _};

use flate2::bufread::GzDecoder;

/// Bytes decompressed at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Why the bytes are not such a file.
#[derive(Debug, thiserror::Error)]
pub enum GzipFault {
    /// not gzip, cut off, or with a wrong checksum
    #[error("not a whole gzip file")]
    Broken(#[source] io::Error),
    /// it goes on
    #[error("more than {cap_bytes} bytes decompressed")]
    TooLarge {
        /// how many are read
        cap_bytes: u64,
    },
    /// AWS's tool calls that "unexpected data after end of compressed stream": tools disagree whether
    /// they read it, so that it could hide something
    #[error("{bytes} bytes after the end of the gzip member")]
    Trailing {
        /// how many
        bytes: usize,
    },
}

/// Decompresses `body` piece by piece.
pub fn unpack(body: &[u8], cap_bytes: u64, mut take: impl FnMut(&[u8])) -> Result<(), GzipFault> {
    let mut decoder = GzDecoder::new(body);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut total = 0;
    loop {
        let read = decoder.read(&mut chunk).map_err(GzipFault::Broken)?;
        if read == 0 {
            break;
        }
        total += read as u64;
        if total > cap_bytes {
            return Err(GzipFault::TooLarge { cap_bytes });
        }
        take(&chunk[..read]);
    }
    match decoder.into_inner().len() {
        0 => Ok(()),
        bytes => Err(GzipFault::Trailing { bytes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::gzip;

    fn plain(body: &[u8], cap_bytes: u64) -> Result<Vec<u8>, String> {
        let mut plain = Vec::new();
        let unpacked = unpack(body, cap_bytes, |piece| plain.extend_from_slice(piece));
        unpacked.map(|()| plain).map_err(|fault| fault.to_string())
    }

    #[test]
    fn one_member_up_to_its_cap() {
        let content = vec![7; 200_000];
        let body = gzip(&content);
        assert_eq!(plain(&body, 200_000), Ok(content));
        assert_eq!(
            plain(&body, 199_999),
            Err("more than 199999 bytes decompressed".to_owned())
        );
    }

    #[test]
    fn anything_else_is_named() {
        let body = gzip(b"content");
        let two = [body.clone(), gzip(b"")].concat();
        assert_eq!(
            plain(&two, 100),
            Err(format!(
                "{} bytes after the end of the gzip member",
                gzip(b"").len()
            ))
        );
        for broken in [&body[..body.len() - 1], b"content", b""] {
            assert_eq!(
                plain(broken, 100),
                Err("not a whole gzip file".to_owned()),
                "{broken:?}"
            );
        }
    }
}
