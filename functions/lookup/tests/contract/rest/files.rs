//! The stack's bucket in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use activity_log_rest::ports::{DownloadLink, FileError, Files, UploadLink};
use bytes::Bytes;

/// Objects by key, with their lengths; a clone sees the same.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, u64>,
    fails: bool,
}

impl MemoryFiles {
    /// As the reporter, or whoever has a link, does.
    pub fn place(&self, key: &str, bytes: u64) {
        let mut state = self.0.lock().unwrap();
        state.objects.insert(key.to_owned(), bytes);
    }

    pub fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().objects.keys().cloned().collect()
    }

    /// Whether everything fails from now on.
    pub fn fail(&self, fails: bool) {
        self.0.lock().unwrap().fails = fails;
    }

    fn with<T>(&self, key: &str, then: impl FnOnce(&mut State) -> T) -> Result<T, FileError> {
        let mut state = self.0.lock().unwrap();
        if state.fails {
            return Err(FileError {
                operation: "any",
                key: key.to_owned(),
                source: "bucket reports-7 is on fire".into(),
            });
        }
        Ok(then(&mut state))
    }
}

impl Files for MemoryFiles {
    async fn put(&self, key: &str, body: Bytes) -> Result<(), FileError> {
        let length = u64::try_from(body.len()).unwrap();
        self.with(key, |state| {
            state.objects.insert(key.to_owned(), length);
        })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, FileError> {
        self.with(key, |state| state.objects.get(key).copied())
    }

    async fn delete(&self, key: &str) -> Result<(), FileError> {
        self.with(key, |state| {
            state.objects.remove(key);
        })
    }

    async fn download_link(&self, link: DownloadLink<'_>) -> Result<String, FileError> {
        self.with(link.key, |_| {
            format!(
                "https://files.test/{}?for={}&at={}&name={}&type={}",
                link.key,
                link.seconds,
                link.now.seconds(),
                link.file_name,
                link.content_type.replace(' ', "+")
            )
        })
    }

    async fn upload_link(&self, link: UploadLink<'_>) -> Result<String, FileError> {
        self.with(link.key, |_| {
            let length = link
                .size_bytes
                .map_or("any".to_owned(), |bytes| bytes.to_string());
            format!(
                "https://files.test/{}?for={}&length={length}",
                link.key, link.seconds
            )
        })
    }
}
