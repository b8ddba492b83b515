//! The stack's bucket in memory, and the links to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use activity_log_rest::ports::{DownloadLink, FileError, Files, UploadLink};
use bytes::Bytes;
use http::{Method, Request, Response};

/// Objects by key; a clone sees the same.
#[derive(Clone, Default)]
pub struct MemoryFiles {
    /// where links lead
    pub origin: String,
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl MemoryFiles {
    pub fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            ..Self::default()
        }
    }

    pub fn place(&self, key: &str, body: impl Into<Bytes>) {
        self.objects
            .lock()
            .unwrap()
            .insert(key.to_owned(), body.into());
    }

    pub fn get(&self, key: &str) -> Option<Bytes> {
        self.objects.lock().unwrap().get(key).cloned()
    }

    /// What S3 answers at a link: ranges are honoured.
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let key = request.uri().path().trim_start_matches("/files/");
        let response = Response::builder();
        assert!(
            !request.headers().contains_key("authorization"),
            "a link is signed as it is"
        );
        if request.method() == Method::PUT {
            let length: usize = request.uri().query().unwrap().parse().unwrap();
            assert_eq!(request.body().len(), length);
            self.place(key, request.body().clone());
            return response.body(Bytes::new()).unwrap();
        }
        let Some(body) = self.get(key) else {
            let error = "<Error><Code>NoSuchKey</Code></Error>";
            return response.status(404).body(error.into()).unwrap();
        };
        let from: Option<usize> = request.headers().get("range").map(|range| {
            let range = range.to_str().unwrap();
            range
                .strip_prefix("bytes=")
                .unwrap()
                .strip_suffix('-')
                .unwrap()
                .parse()
                .unwrap()
        });
        match from {
            None => response.body(body).unwrap(),
            Some(from) => response.status(206).body(body.slice(from..)).unwrap(),
        }
    }
}

impl Files for MemoryFiles {
    async fn put(&self, key: &str, body: Bytes) -> Result<(), FileError> {
        self.place(key, body);
        Ok(())
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, FileError> {
        Ok(self.get(key).map(|body| body.len() as u64))
    }

    async fn delete(&self, key: &str) -> Result<(), FileError> {
        self.objects.lock().unwrap().remove(key);
        Ok(())
    }

    async fn download_link(&self, link: DownloadLink<'_>) -> Result<String, FileError> {
        Ok(format!("{}/files/{}", self.origin, link.key))
    }

    async fn upload_link(&self, link: UploadLink<'_>) -> Result<String, FileError> {
        Ok(format!(
            "{}/files/{}?{}",
            self.origin,
            link.key,
            link.size_bytes.unwrap()
        ))
    }
}
