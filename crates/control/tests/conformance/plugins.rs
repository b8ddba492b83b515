//! Plugins: as many as may be, one ready one of a name and version.

use std::slice::from_ref;

use activity_log_control::{
    NewPlugin, PluginChange, PluginReader, PluginWriter, StoreError, new_account_id,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::DAY;
use activity_log_core::plugins::{
    CompiledForm, Manifest, Parameter, Plugin, PluginId, PluginState, ReadyPlugin, SHOWN_MS,
    UPLOAD_MS,
};
use activity_log_core::reports::Failure;
use futures::future::join_all;

use crate::now;
use crate::reports::HOSTILE;

/// The `number`th of its account, announced so many seconds after `now`.
pub fn plugin(account: AccountId, number: u8) -> Plugin {
    let created = now().plus_millis(i64::from(number) * 1_000);
    let id = PluginId::new(created, [number; 10]);
    Plugin::new(account, id, "alice".to_owned(), created)
}

fn ready(plugin: &Plugin, name: &str, version: &str) -> Plugin {
    let manifest = Manifest {
        name: name.to_owned(),
        version: version.to_owned(),
        ..Manifest::default()
    };
    let ready = ReadyPlugin {
        finished: plugin.created,
        manifest,
        size_bytes: 1,
        sha256: "00".repeat(32),
        compiled: None,
    };
    let mut plugin = plugin.clone();
    plugin.state = PluginState::Ready(Box::new(ready));
    plugin
}

/// As it is after a change.
fn changed(plugin: &Plugin) -> Plugin {
    let mut plugin = plugin.clone();
    plugin.revision += 1;
    plugin
}

/// Makes a plugin that is ready; gives it back as it is stored.
pub async fn make_ready<S: PluginWriter>(plugins: &S, announced: &Plugin, name: &str) -> Plugin {
    let made = plugins.create_plugin(announced, 50).await;
    assert_eq!(made.unwrap(), NewPlugin::Created);
    let ready = ready(announced, name, "1.0.0");
    let written = plugins.change_plugin(announced, &ready).await;
    assert_eq!(written.unwrap(), PluginChange::Written);
    changed(&ready)
}

pub async fn a_plugin_reads_back_whole_and_only_in_its_account<S: PluginReader + PluginWriter>(
    plugins: &S,
) {
    let account = new_account_id();
    let mut one = plugin(account, 1);
    HOSTILE.clone_into(&mut one.created_by);
    assert_eq!(plugins.plugin(account, one.id, now()).await.unwrap(), None);
    let made = plugins.create_plugin(&one, 50).await.unwrap();
    assert_eq!(made, NewPlugin::Created);
    let twice = plugins.create_plugin(&one, 50).await.unwrap_err();
    assert!(matches!(twice, StoreError::Exists { .. }), "{twice}");

    let mut new = ready(&one, "night-owl", "1.0.0-beta.2");
    if let PluginState::Ready(ready) = &mut new.state {
        HOSTILE.clone_into(&mut ready.manifest.description);
        ready.manifest.inputs = vec![String::new(), HOSTILE.to_owned()];
        ready.manifest.outputs = vec![HOSTILE.to_owned()];
        ready.manifest.parameters = vec![Parameter {
            name: HOSTILE.to_owned(),
            description: HOSTILE.to_owned(),
            required: true,
        }];
        ready.compiled = Some(CompiledForm {
            key: one.compiled_key(),
            sealed_digest: "AA==".to_owned(),
        });
    }
    let written = plugins.change_plugin(&one, &new).await.unwrap();
    assert_eq!(written, PluginChange::Written);
    let stored = plugins.plugin(account, one.id, now()).await.unwrap();
    let one = changed(&new);
    assert_eq!(stored.as_ref(), Some(&one));
    let two = plugin(account, 2);
    plugins.create_plugin(&two, 50).await.unwrap();
    let listed = plugins.plugins(account, now()).await.unwrap();
    assert_eq!(listed, [two, one.clone()], "newest first");

    let elsewhere = new_account_id();
    assert_eq!(plugins.plugins(elsewhere, now()).await.unwrap(), []);
    let theirs = plugins.plugin(elsewhere, one.id, now()).await;
    assert_eq!(theirs.unwrap(), None);
    let mut foreign = one.clone();
    foreign.account = elsewhere;
    assert!(!plugins.delete_plugin(&foreign).await.unwrap());
    let outdated = plugins.change_plugin(&foreign, &foreign).await.unwrap();
    assert_eq!(outdated, PluginChange::Outdated);
    // The other account's names are its own.
    make_ready(plugins, &plugin(elsewhere, 1), "night-owl").await;
}

pub async fn of_many_at_once_as_many_are_made_as_may_be<S: PluginReader + PluginWriter>(
    plugins: &S,
) {
    let account = new_account_id();
    let all: Vec<Plugin> = (0..8).map(|number| plugin(account, number)).collect();
    let made = join_all(all.iter().map(|one| plugins.create_plugin(one, 3))).await;
    let made: Vec<NewPlugin> = made.into_iter().map(Result::unwrap).collect();
    let stored = plugins.plugins(account, now()).await.unwrap();
    assert_eq!(stored.len(), 3, "{made:?}");
    for (one, made) in all.iter().zip(made) {
        assert_eq!(made == NewPlugin::Created, stored.contains(one));
    }
    // Whatever becomes of one, it keeps its place until it is deleted.
    let refused = ready(&stored[0], "x", "1.0.0");
    let written = plugins.change_plugin(&stored[0], &refused).await.unwrap();
    assert_eq!(written, PluginChange::Written);
    let more = plugin(account, 9);
    let full = plugins.create_plugin(&more, 3).await.unwrap();
    assert_eq!(full, NewPlugin::LimitReached);
    assert!(plugins.delete_plugin(&stored[1]).await.unwrap());
    let made = plugins.create_plugin(&more, 3).await.unwrap();
    assert_eq!(made, NewPlugin::Created);
    let none = plugins.create_plugin(&plugin(new_account_id(), 1), 0).await;
    assert_eq!(none.unwrap(), NewPlugin::LimitReached);
}

pub async fn of_many_at_once_one_takes_a_name<S: PluginReader + PluginWriter>(plugins: &S) {
    let account = new_account_id();
    let all: Vec<Plugin> = (0..6).map(|number| plugin(account, number)).collect();
    for one in &all {
        plugins.create_plugin(one, 50).await.unwrap();
    }
    let new: Vec<Plugin> = all.iter().map(|one| ready(one, "same", "1.0.0")).collect();
    let pairs = all.iter().zip(&new);
    let changes = join_all(pairs.map(|(old, new)| plugins.change_plugin(old, new))).await;
    let changes: Vec<PluginChange> = changes.into_iter().map(Result::unwrap).collect();
    let stored = plugins.plugins(account, now()).await.unwrap();
    let ready_ones: Vec<&Plugin> = stored.iter().filter(|one| one.ready().is_some()).collect();
    let [winner] = ready_ones[..] else {
        panic!("{changes:?}");
    };
    for (old, change) in all.iter().zip(changes) {
        let expected = if old.id == winner.id {
            PluginChange::Written
        } else {
            PluginChange::NameTaken(winner.id)
        };
        assert_eq!(change, expected);
    }
    let loser = all.iter().find(|one| one.id != winner.id).unwrap();
    let other_version = ready(loser, "same", "1.0.1");
    let written = plugins.change_plugin(loser, &other_version).await.unwrap();
    assert_eq!(written, PluginChange::Written);
}

pub async fn a_change_holds_only_for_what_was_read<S: PluginReader + PluginWriter>(plugins: &S) {
    let old = plugin(new_account_id(), 1);
    plugins.create_plugin(&old, 50).await.unwrap();
    let variants: Vec<Plugin> = (0..6)
        .map(|attempts| {
            let mut new = old.clone();
            new.state = PluginState::Checking { since: now() };
            (new.attempts, new.revision) = (attempts, 77);
            new
        })
        .collect();
    let changes = join_all(variants.iter().map(|new| plugins.change_plugin(&old, new))).await;
    let changes: Vec<PluginChange> = changes.into_iter().map(Result::unwrap).collect();
    let of = |wanted: PluginChange| changes.iter().filter(|one| **one == wanted).count();
    assert_eq!(
        (of(PluginChange::Written), of(PluginChange::Outdated)),
        (1, 5)
    );
    let stored = plugins.plugin(old.account, old.id, now()).await.unwrap();
    let stored = stored.unwrap();
    let winner = changes.iter().position(|one| *one == PluginChange::Written);
    let mut expected = variants[winner.unwrap()].clone();
    expected.revision = 1;
    assert_eq!(stored, expected);

    let late = ready(&old, "late", "1.0.0");
    let outdated = plugins.change_plugin(&old, &late).await.unwrap();
    assert_eq!(outdated, PluginChange::Outdated);
    assert!(!plugins.delete_plugin(&old).await.unwrap(), "outdated");
    assert!(plugins.delete_plugin(&stored).await.unwrap());
    assert!(!plugins.delete_plugin(&stored).await.unwrap(), "once");
    let gone = plugins.change_plugin(&stored, &late).await.unwrap();
    assert_eq!(gone, PluginChange::Outdated);
    // What was not written took no name.
    make_ready(plugins, &plugin(old.account, 2), "late").await;

    let mut large = plugin(old.account, 3);
    large.created_by = "x".repeat(300 * 1024);
    let refused = plugins.create_plugin(&large, 50).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { .. }), "{refused}");
}

pub async fn a_name_is_free_again_when_its_plugin_goes<S: PluginReader + PluginWriter>(
    plugins: &S,
) {
    let account = new_account_id();
    let first = make_ready(plugins, &plugin(account, 1), "name").await;
    let second = plugin(account, 2);
    plugins.create_plugin(&second, 50).await.unwrap();
    let take = |name: &str| {
        let new = ready(&second, name, "1.0.0");
        async { plugins.change_plugin(&second, &{ new }).await.unwrap() }
    };
    assert_eq!(take("name").await, PluginChange::NameTaken(first.id));

    // Compiled anew: still ready, under the same name.
    let mut compiled = first.clone();
    if let PluginState::Ready(ready) = &mut compiled.state {
        ready.compiled = Some(CompiledForm {
            key: first.compiled_key(),
            sealed_digest: "AA==".to_owned(),
        });
    }
    let written = plugins.change_plugin(&first, &compiled).await.unwrap();
    assert_eq!(written, PluginChange::Written);
    let first = changed(&compiled);
    assert_eq!(take("name").await, PluginChange::NameTaken(first.id));

    assert!(plugins.delete_plugin(&first).await.unwrap());
    assert_eq!(take("name").await, PluginChange::Written);
    let second = changed(&ready(&second, "name", "1.0.0"));
    let listed = plugins.plugins(account, now()).await.unwrap();
    assert_eq!(listed, from_ref(&second));

    // One that is ready no more has no name either.
    let mut refused = second.clone();
    refused.state = PluginState::Refused {
        finished: now(),
        error: Failure::new("Imports", HOSTILE),
    };
    let written = plugins.change_plugin(&second, &refused).await.unwrap();
    assert_eq!(written, PluginChange::Written);
    make_ready(plugins, &plugin(account, 3), "name").await;
}

pub async fn forgotten_ones_are_not_there<S: PluginReader + PluginWriter>(plugins: &S) {
    let account = new_account_id();
    let kept = make_ready(plugins, &plugin(account, 1), "kept").await;
    let announced = plugin(account, 2);
    plugins.create_plugin(&announced, 50).await.unwrap();
    let end = announced.forgotten().unwrap();
    assert_eq!(end, announced.created.plus_millis(UPLOAD_MS + SHOWN_MS));
    let before = plugins.plugin(account, announced.id, end.plus_millis(-1));
    assert_eq!(before.await.unwrap().as_ref(), Some(&announced));
    let at_end = plugins.plugin(account, announced.id, end).await.unwrap();
    assert_eq!(at_end, None);
    let much_later = end.plus_millis(1_000 * DAY);
    let listed = plugins.plugins(account, much_later).await.unwrap();
    assert_eq!(listed, from_ref(&kept), "a ready one stays");

    // It takes no place, and gets none by being changed after that.
    let mut new = plugin(account, 3);
    new.created = much_later;
    let made = plugins.create_plugin(&new, 2).await.unwrap();
    assert_eq!(made, NewPlugin::Created);
    let mut late = announced.clone();
    late.state = PluginState::Checking { since: much_later };
    for late in [late, ready(&announced, "late", "1.0.0")] {
        let change = plugins.change_plugin(&announced, &late).await.unwrap();
        assert_eq!(change, PluginChange::Outdated);
    }
    let listed = plugins.plugins(account, much_later).await.unwrap();
    assert_eq!(listed, [new, kept]);
}
