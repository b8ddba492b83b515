//! Why a finding is one, in the words of its text.

/// Why a digest is not among those that are verified.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Outside {
    /// older; it was not looked for
    #[error("is older than the start time")]
    Before,
    /// there, and with the hash and signature it should have
    #[error("lies elsewhere (its hash and signature are right)")]
    Elsewhere,
}

/// Why a digest should list an archive.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unlisted {
    /// there are digests of its time
    #[error("no valid digest lists it")]
    Digested,
    /// nothing was archived then
    #[error("no valid digest lists it, and its trail's logging was stopped then")]
    Stopped,
    /// nothing was archived then
    #[error("no valid digest lists it, and its account's subscription was off then")]
    SubscriptionEnded,
}

/// Why archives are in no digest.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum WhyNotDigested {
    /// their digest is not due
    #[error("yet")]
    Yet,
    /// there will be none
    #[error("(their trail, {trail}, was deleted; {next} has its name now)")]
    Deleted {
        /// first 12 digits of the trail's id
        trail: String,
        /// those of the trail made after it
        next: String,
    },
}
