//! The digest of a trail's last windows: written, signed, delivered.

use activity_log_archive::uploads::{Content, Target, Uploads};
use activity_log_control::{BoxError, DigestKey, TrailArchive};
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_core::trail::progress::Period;
use activity_log_digest::public_key::PublicKey;
use activity_log_digest::sign::Draft;

use crate::app::{App, Ports};
use crate::delivery::{StepError, commit};
use crate::metrics::Delivered;
use crate::signer::Signer;

/// Delivers the digest of `period`, the trail's first. The signature is deterministic, so a rerun writes the same bytes.
pub async fn deliver<P: Ports>(
    app: &App<P>,
    trail: &Trail,
    period: Period,
    delivered: &mut Delivered,
) -> Result<(), StepError> {
    let trails = app.ports.trails();
    // Whoever finds the digest must find the key; the tick that kept it may have failed.
    let key = keep_key(app, period.from.start()).await?;
    let records = trails.records(trail, period).await?;
    let draft = Draft::new(trail, &app.region, &records, key.fingerprint())?;
    let message = draft.string_to_sign();
    let signature = app.ports.signer().sign(message.as_bytes()).await?;
    let digest = draft.signed(&signature);
    let previous = digest.as_previous();
    let metadata = digest
        .metadata()
        .map(|(name, value)| (name, value.to_owned()));
    let target = Target {
        bucket: digest.bucket,
        owner: trail.settings.bucket_owner,
        key: digest.key,
        content: Content::Gzip,
    };
    let put = app.ports.uploads().put(&target, digest.body, &metadata);
    put.await.map_err(StepError::Delivery)?;
    let after = commit(app, trail, |trail| {
        (trail.digested(period, previous.clone()), None, Some(period))
    });
    let Some(mut after) = after.await? else {
        // Another run has done it, or the trail is gone.
        return Ok(());
    };
    delivered.digests_delivered += 1;
    tracing::info!(
        account = %trail.account,
        trail = %trail.name,
        end = %period.to.end(),
        windows = records.len(),
        "digest"
    );
    after.delivery.digests.succeeded(app.now());
    trails.note_delivery(&after).await?;
    Ok(())
}

/// Keeps the public key for those who verify, before a digest names it; one that is kept already stays as it is.
pub async fn keep_key<P: Ports>(app: &App<P>, since: Instant) -> Result<PublicKey, BoxError> {
    let key = app.ports.signer().public_key().await?;
    let kept = DigestKey {
        fingerprint: key.fingerprint().to_owned(),
        der: key.pkcs1().to_vec(),
        since,
    };
    app.ports.trails().keep_digest_key(&kept).await?;
    Ok(key)
}
