//! A bucket as the archiver fills it, in memory, and ways to harm it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::ops::{ControlFlow, Deref};
use std::task::{Context, Poll, Waker};

use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;
use activity_log_core::trail::Trail;
use activity_log_core::trail::format::Format;
use activity_log_core::trail::keys::Location;
use activity_log_core::trail::progress::Period;
use activity_log_core::trail::record::{Archive, Counts, WindowRecord};
use activity_log_core::window::Window;
use activity_log_digest::public_key::{PublicKey, PublicKeys};
use activity_log_digest::sign::{Draft, SignedDigest};
use activity_log_digest::verify::bucket::{Buckets, Fetched, KeyRange, Object};
use activity_log_digest::verify::finding::Finding;
use activity_log_digest::verify::report::Report;
use activity_log_digest::verify::{MAX_KEYS, Request, VerifyError, verify};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub const REGION: &str = "us-east-1";

/// Made for these tests, used nowhere else.
const KEY: &[u8] = include_bytes!("../fixtures/test-only-key.pkcs8.der");
const PUBLIC_KEY: &[u8] = include_bytes!("../fixtures/test-only-key.spki.der");

/// Objects by bucket and key.
#[derive(Default)]
pub struct Memory {
    objects: BTreeMap<(String, String), Object>,
    /// keys of objects that are not given out
    pub frozen: HashSet<String>,
}

impl Buckets for Memory {
    type Error = Infallible;

    async fn list(
        &self,
        bucket: &str,
        range: &KeyRange,
        mut take: impl FnMut(String) -> ControlFlow<()>,
    ) -> Result<(), Infallible> {
        let keys = self.objects.keys().filter(|(of, _)| of == bucket);
        let mut keys = keys.map(|(_, key)| key).filter(|key| range.contains(key));
        let _broken_off = keys.try_for_each(|key| take(key.clone()));
        Ok(())
    }

    async fn get(&self, bucket: &str, key: &str, max: u64) -> Result<Fetched, Infallible> {
        if self.frozen.contains(key) {
            return Ok(Fetched::Refused("InvalidObjectState".into()));
        }
        let object = self.objects.get(&(bucket.to_owned(), key.to_owned()));
        Ok(match object {
            None => Fetched::Missing,
            Some(object) if object.body.len() as u64 > max => Fetched::TooLarge,
            Some(object) => Fetched::Object(object.clone()),
        })
    }
}

impl Memory {
    /// Deletes all of a bucket.
    pub fn clear(&mut self, bucket: &str) {
        self.objects.retain(|(of, _), _| of != bucket);
    }
}

/// A trail and its buckets.
pub struct World {
    pub buckets: Memory,
    pub trail: Trail,
    /// of the trail's account
    pub subscription: Subscription,
    /// keys of its digests, oldest first
    pub digests: Vec<String>,
    /// keys of its archives, oldest first
    pub archives: Vec<String>,
    records: Vec<WindowRecord>,
    key: RsaKeyPair,
}

pub fn at(time: &str) -> Instant {
    Instant::parse(&format!("2026-11-20T{time}:00Z")).unwrap()
}

impl World {
    /// A trail that has never logged.
    pub fn new() -> Self {
        let (account, name) = ("111122223333".parse().unwrap(), "audit".parse());
        let id = "00000000000000aa";
        let mut trail = Trail::new(account, name.unwrap(), id, ("logs", account), at("12:00"));
        trail.settings.prefix = Some("p".to_owned());
        trail.settings.validation = true;
        Self {
            buckets: Memory::default(),
            trail,
            subscription: Subscription::since(at("12:00")),
            digests: Vec::new(),
            archives: Vec::new(),
            records: Vec::new(),
            key: RsaKeyPair::from_pkcs8(KEY).unwrap(),
        }
    }

    /// A trail that has logged since 12:05, with digests of 13:00, 14:00 and 15:00.
    pub fn clean() -> Self {
        let mut world = Self::new();
        world.trail.logging.start(at("12:05")).unwrap();
        world.archive_until(at("15:04"));
        assert_eq!(world.digests.len(), 3);
        world
    }

    /// Lets the archiver come at this time.
    pub fn archive_until(&mut self, now: Instant) {
        loop {
            if let Some(period) = self.trail.due_digest() {
                self.digest(period);
            } else if let Some(window) = self.trail.due_window(now, &self.subscription) {
                let record = self.archive(window);
                if self.trail.keeps_records() {
                    self.records.push(record);
                }
                self.trail = self.trail.archived(window, &self.subscription);
            } else {
                return;
            }
        }
    }

    fn digest(&mut self, period: Period) {
        let fingerprint = PublicKey::from_spki(PUBLIC_KEY).unwrap();
        let fingerprint = fingerprint.fingerprint();
        let draft = Draft::new(&self.trail, REGION, &self.records, fingerprint).unwrap();
        let signature = self.sign(&draft.string_to_sign());
        let digest = draft.signed(&signature);
        self.digests.push(digest.key.clone());
        self.store(&digest);
        self.trail = self.trail.digested(period, digest.as_previous());
        self.records.clear();
    }

    /// Deletes the trail and makes one of the same name, which logs from then on.
    pub fn make_again(&mut self, id: &str, now: Instant) {
        let (account, name) = (self.trail.account, self.trail.name.clone());
        let mut trail = Trail::new(account, name, id, ("logs", account), now);
        trail.settings = self.trail.settings.clone();
        trail.logging.start(now).unwrap();
        self.trail = trail;
        self.records.clear();
    }

    fn store(&mut self, digest: &SignedDigest) {
        let metadata = digest.metadata();
        let metadata = metadata.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let object = Object {
            body: digest.body.clone(),
            metadata: HashMap::from(metadata),
        };
        let place = (digest.bucket.clone(), digest.key.clone());
        self.buckets.objects.insert(place, object);
    }

    /// Archives 0, 1 or 2 events, as the window's number says, each in an archive of its own; leaves out
    /// one, and one copy.
    fn archive(&mut self, window: Window) -> WindowRecord {
        let mut archives = Vec::new();
        for part in 1..=window.number() % 3 {
            let id = format!("{window}-{part}");
            archives.push(self.put_archive(window, u32::try_from(part).unwrap(), &[&id]));
        }
        let held = archives.len() as u64;
        let counts = Counts {
            ingested: held + 2,
            archived: held,
            filtered_out: 1,
            duplicates: 1,
            conflicts: 0,
            expired_parts: 0,
        };
        WindowRecord {
            window,
            counts,
            retention_over: false,
            archives,
        }
    }

    /// Puts an archive of these events at the key of the window's part.
    pub fn put_archive(&mut self, window: Window, part: u32, ids: &[&str]) -> Archive {
        let location = Location::of(&self.trail, REGION);
        let format = self.trail.settings.formats.at(window);
        let key = location.archive(window, &self.trail.id, part, format);
        let time = window.start();
        let record = |id: &&str| format!(r#"{{"eventTime":"{time}","eventID":"{id}"}}"#);
        let records: Vec<String> = ids.iter().map(record).collect();
        let file = format!(r#"{{"Records":[{}]}}"#, records.join(","));
        let plain = match format {
            Format::TarGz => tar(&file),
            Format::JsonGz => file.into_bytes(),
        };
        let body = gzip(&plain);
        let archive = Archive {
            bucket: self.trail.settings.bucket.clone(),
            key: key.clone(),
            sha256: hex::encode(Sha256::digest(&plain)),
            bytes: body.len() as u64,
            events: ids.len() as u64,
            oldest: time,
            newest: time,
        };
        let metadata = HashMap::new();
        let place = (archive.bucket.clone(), key.clone());
        self.buckets
            .objects
            .insert(place, Object { body, metadata });
        self.archives.push(key);
        archive
    }

    fn sign(&self, text: &str) -> Vec<u8> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
            .unwrap();
        signature
    }

    pub fn object(&mut self, key: &str) -> &mut Object {
        let place = ("logs".to_owned(), key.to_owned());
        self.buckets.objects.get_mut(&place).unwrap()
    }

    pub fn delete(&mut self, key: &str) {
        let place = ("logs".to_owned(), key.to_owned());
        self.buckets.objects.remove(&place).unwrap();
    }

    pub fn restore(&mut self, key: &str, object: Object) {
        let place = ("logs".to_owned(), key.to_owned());
        self.buckets.objects.insert(place, object);
    }

    /// Changes a digest's content; its signature stays.
    pub fn edit(&mut self, key: &str, change: impl FnOnce(&mut Value)) {
        let object = self.object(key);
        let mut content = String::new();
        let mut plain = GzDecoder::new(object.body.as_slice());
        plain.read_to_string(&mut content).unwrap();
        let mut document: Value = serde_json::from_str(&content).unwrap();
        change(&mut document);
        object.body = gzip(document.to_string().as_bytes());
    }

    /// Signs a digest again, as `validation.py` puts the text together: only the service could.
    pub fn sign_again(&mut self, key: &str) {
        let mut content = Vec::new();
        let mut plain = GzDecoder::new(self.object(key).body.as_slice());
        plain.read_to_end(&mut content).unwrap();
        let document: Value = serde_json::from_slice(&content).unwrap();
        let text = |field: &str| document[field].as_str().unwrap_or("null").to_owned();
        let signed = [
            text("digestEndTime"),
            format!("{}/{}", text("digestS3Bucket"), text("digestS3Object")),
            hex::encode(Sha256::digest(&content)),
            text("previousDigestSignature"),
        ];
        let signature = hex::encode(self.sign(&signed.join("\n")));
        let metadata = &mut self.object(key).metadata;
        metadata.insert("signature".to_owned(), signature);
    }

    /// Puts a foreign object among the archives.
    pub fn put_foreign(&mut self, name: &str) {
        let key = format!("{}{name}", Location::of(&self.trail, REGION).archives());
        let object = Object {
            body: Vec::new(),
            metadata: HashMap::new(),
        };
        self.restore(&key, object);
    }

    /// Verifies all digests up to a time.
    pub fn verify(&self, end: Instant) -> Verified {
        self.verify_between(None, end)
    }

    pub fn verify_between(&self, start: Option<Instant>, end: Instant) -> Verified {
        self.try_verify(start, end, MAX_KEYS).unwrap()
    }

    pub fn try_verify(
        &self,
        start: Option<Instant>,
        end: Instant,
        max_keys: u64,
    ) -> Result<Verified, VerifyError<Infallible>> {
        let keys: PublicKeys = [PublicKey::from_spki(PUBLIC_KEY).unwrap()]
            .into_iter()
            .collect();
        let request = Request {
            bucket: "logs",
            location: Location::of(&self.trail, REGION),
            trail: &self.trail.name,
            start,
            end,
            max_keys,
        };
        let mut findings = Vec::new();
        let tell = |finding| findings.push(finding);
        let report = block_on(verify(&self.buckets, &request, &keys, tell))?;
        Ok(Verified { report, findings })
    }
}

/// A report, with what was told.
pub struct Verified {
    report: Report,
    pub findings: Vec<Finding>,
}

impl Deref for Verified {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.report
    }
}

/// Memory never waits.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn tar(file: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(file.len() as u64);
    builder
        .append_data(&mut header, "1.json", file.as_bytes())
        .unwrap();
    builder.into_inner().unwrap()
}
