//! gzip, within a cap.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::PayloadError;

/// Decompresses gzip data (one member or several) of at most `cap` bytes. Stops at the cap, so a
/// bomb costs no more than that.
pub fn decompress(bytes: &[u8], cap: usize) -> Result<Vec<u8>, PayloadError> {
    let mut plain = Vec::with_capacity(bytes.len().saturating_mul(4).min(cap));
    let mut decoder = MultiGzDecoder::new(bytes).take(cap as u64 + 1);
    decoder
        .read_to_end(&mut plain)
        .map_err(PayloadError::Gzip)?;
    if plain.len() > cap {
        return Err(PayloadError::TooLarge(cap));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_cap_is_exact_and_broken_data_is_told() {
        assert_eq!(decompress(&gzip(b"12345"), 5).unwrap(), b"12345");
        assert!(matches!(
            decompress(&gzip(b"123456"), 5),
            Err(PayloadError::TooLarge(5))
        ));
        let two = [gzip(b"12"), gzip(b"34")].concat();
        assert_eq!(decompress(&two, 9).unwrap(), b"1234");
        let whole = gzip(b"12345");
        assert!(matches!(
            decompress(&whole[..whole.len() - 1], 9),
            Err(PayloadError::Gzip(_))
        ));
        assert!(matches!(
            decompress(b"plain", 9),
            Err(PayloadError::Gzip(_))
        ));
    }

    #[test]
    fn a_bomb_costs_no_more_than_the_cap() {
        let bomb = gzip(&vec![0; 8 * 1024 * 1024]);
        assert!(matches!(
            decompress(&bomb, 1_000),
            Err(PayloadError::TooLarge(1_000))
        ));
    }
}
