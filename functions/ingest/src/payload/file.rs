//! An imported file's records: CloudTrail's file is JSON, an archive of a trail here may be a tar of such files.

use activity_log_archive::files::{files, is_tar};

use super::records::{Records, records};
use super::{MAX_FILE_RECORDS, PayloadError};

/// The records of a file, decompressed; of a tar, those of all its files in their order.
pub fn file_records(content: &[u8]) -> Result<Records<'_>, PayloadError> {
    if !is_tar(content) {
        return records::<MAX_FILE_RECORDS>(content);
    }
    let (mut all, mut count) = (Vec::new(), 0);
    for file in files(content)? {
        match records::<MAX_FILE_RECORDS>(file) {
            Ok(more) => {
                count += more.len();
                if count <= MAX_FILE_RECORDS {
                    all.extend(more);
                }
            }
            Err(PayloadError::TooMany { count: more, .. }) => count += more,
            Err(PayloadError::Empty) => {}
            Err(error) => return Err(error),
        }
    }
    match count {
        0 => Err(PayloadError::Empty),
        count if count > MAX_FILE_RECORDS => Err(PayloadError::TooMany {
            count,
            cap: MAX_FILE_RECORDS,
        }),
        _ => Ok(all),
    }
}
