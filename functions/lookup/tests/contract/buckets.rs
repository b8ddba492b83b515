//! Object storage in memory, as far as trails need it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use activity_log_cloudtrail::ports::{Storage, StorageRefusal};
use activity_log_control::Credential;
use activity_log_core::account::AccountId;
use activity_log_core::trail::keys::Location;

/// What happens to a bucket that is tried; a clone sees the same.
#[derive(Clone, Debug, Default)]
pub struct Buckets(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    buckets: BTreeMap<String, Behaviour>,
    /// key ids the storage does not know
    strangers: BTreeSet<String>,
    tried: Vec<String>,
    /// the AWS account of every key
    owner: Owner,
}

#[derive(Debug)]
struct Owner(&'static str);

impl Default for Owner {
    fn default() -> Self {
        Self("444455556666")
    }
}

/// How a bucket behaves.
#[derive(Clone, Copy, Debug)]
pub enum Behaviour {
    Writable,
    OtherRegion,
    CreatorDenied,
    ServiceDenied,
    Silent,
}

impl Buckets {
    pub fn make(&self, bucket: &str, behaviour: Behaviour) {
        let mut state = self.0.lock().unwrap();
        state.buckets.insert(bucket.to_owned(), behaviour);
    }

    /// From now on all keys are this AWS account's.
    pub fn owned_by(&self, account: &'static str) {
        self.0.lock().unwrap().owner = Owner(account);
    }

    /// The storage does not know this key.
    pub fn forget_key(&self, id: &str) {
        self.0.lock().unwrap().strangers.insert(id.to_owned());
    }

    /// Where it was tried, as often as one asks.
    pub fn tried(&self) -> Vec<String> {
        self.0.lock().unwrap().tried.clone()
    }

    /// Where it was tried since one asked last.
    pub fn take_tried(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().tried)
    }
}

impl Storage for Buckets {
    async fn admit(
        &self,
        creator: &Credential,
        bucket: &str,
        location: Location<'_>,
    ) -> Result<AccountId, StorageRefusal> {
        let mut state = self.0.lock().unwrap();
        let folder = location.folder("CloudTrail");
        state.tried.push(format!("{bucket}/{folder}"));
        if state.strangers.contains(creator.key.id.as_str()) {
            return Err(StorageRefusal::UnknownAccessKey);
        }
        match state.buckets.get(bucket) {
            None => Err(StorageRefusal::NoSuchBucket),
            Some(Behaviour::Writable) => Ok(state.owner.0.parse().unwrap()),
            Some(Behaviour::OtherRegion) => Err(StorageRefusal::OtherRegion),
            Some(Behaviour::CreatorDenied) => Err(StorageRefusal::CreatorDenied(
                "444455556666".parse().unwrap(),
            )),
            Some(Behaviour::ServiceDenied) => Err(StorageRefusal::ServiceDenied),
            Some(Behaviour::Silent) => Err(StorageRefusal::Unavailable("timed out".into())),
        }
    }
}
