//! Digests of compiled plugins: what one plugin's opens says nothing of another.

use activity_log_control::vault::{Purpose, Seal, Sealed, Unseal};
use activity_log_control::{StoreError, new_account_id};
use activity_log_core::plugins::PluginId;

use crate::now;

pub async fn a_digest_opens_for_its_plugin_only<V: Seal + Unseal>(vault: &V) {
    let account = new_account_id();
    let id = PluginId::new(now(), [1; 10]);
    let of = |account, id| Purpose::PluginDigest { account, id };
    let (ours, digest) = (of(account, id), [7; 32]);
    let sealed = vault.seal(&ours, &digest).await.unwrap();
    assert_eq!(vault.unseal(&ours, &sealed).await.unwrap(), digest);
    assert_eq!(
        vault.unseal(&ours, &sealed).await.unwrap(),
        digest,
        "again, from memory"
    );
    for other in [
        of(account, PluginId::new(now(), [2; 10])),
        of(new_account_id(), id),
        Purpose::Cursor { account },
    ] {
        let refused = vault.unseal(&other, &sealed).await.unwrap_err();
        assert!(matches!(refused, StoreError::Kms { .. }), "{other:?}");
    }
    // A changed ciphertext is not tried here: KMS refuses it (AES-GCM), the emulator does not look.
    let made_up = Sealed::new(vec![7; 64]);
    let refused = vault.unseal(&ours, &made_up).await;
    assert!(matches!(refused, Err(StoreError::Kms { .. })));
}
