//! What every adapter of the port of items must do.

use activity_log_core::instant::Instant;
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Order, Slice,
};
use futures::future::join_all;

use super::sample::{NOW, account};
use super::size::noise;

/// An adapter under test.
pub trait Items: ItemReader + ItemWriter {}
impl<I: ItemReader + ItemWriter> Items for I {}

/// When everything here expires; a whole second, as tables have it.
const EXPIRES: Instant = NOW.plus_millis(86_400_000);

/// A partition no other check has.
fn partition() -> String {
    format!("T#{}", account())
}

fn item(partition: &str, sort: &str, value: &[u8]) -> Item {
    Item {
        key: Key {
            partition: partition.to_owned(),
            sort: sort.to_owned(),
        },
        value: value.to_vec(),
        expires: EXPIRES,
        revision: 0,
    }
}

fn ask(partition: &str, (low, high): (&str, &str), order: Order, limit: Option<usize>) -> Ask {
    Ask {
        partition: partition.to_owned(),
        low: low.to_owned(),
        high: high.to_owned(),
        order,
        limit,
        consistency: Consistency::Strong,
    }
}

async fn slice<I: Items>(items: &I, ask: &Ask) -> Slice {
    let slice = items.range(ask).await.expect("a slice");
    assert!(ask.limit.is_none_or(|limit| slice.items.len() <= limit));
    slice
}

/// All of a range, slice by slice, and how many slices that took.
async fn whole<I: Items>(items: &I, ask: &Ask) -> (Vec<Item>, usize) {
    let (mut found, mut ask, mut slices) = (Vec::new(), ask.clone(), 0);
    loop {
        let slice = slice(items, &ask).await;
        slices += 1;
        found.extend(slice.items);
        if !slice.has_more {
            return (found, slices);
        }
        let last = found.last().expect("there was something before more");
        ask = ask.behind(&last.key.sort);
    }
}

fn sorts(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.key.sort.as_str()).collect()
}

/// Ranges in both orders and slices of any size: both ends are inclusive, and nothing comes twice or never.
pub async fn ranges_in_both_orders<I: Items>(items: &I) {
    let partition = partition();
    // Each third key begins another one.
    let keys: Vec<String> = (0..40)
        .flat_map(|number| {
            let key = format!("k{number:03}");
            let longer = number % 3 == 0;
            [Some(key.clone()), longer.then(|| format!("{key}x"))]
        })
        .flatten()
        .collect();
    let all: Vec<Item> = keys
        .iter()
        .map(|key| item(&partition, key, key.as_bytes()))
        .collect();
    items.put(&all).await.expect("written");
    let ranges = [
        ("k000", "k039x"),
        ("", "~"),
        ("k010", "k010"),
        ("k009", "k012"),
        ("k0095", "k0125"),
        ("k020", "k010"),
        ("l", "m"),
        ("", ""),
    ];
    for (low, high) in ranges {
        let mut wanted: Vec<Item> = all
            .iter()
            .filter(|item| (low..=high).contains(&item.key.sort.as_str()))
            .cloned()
            .collect();
        for order in [Order::Ascending, Order::Descending] {
            for limit in [Some(1), Some(3), Some(7), Some(1_000), None] {
                let ask = ask(&partition, (low, high), order, limit);
                let (found, _) = whole(items, &ask).await;
                assert_eq!(found, wanted, "{low}..={high}, {order:?} by {limit:?}");
            }
            wanted.reverse();
        }
    }
    let nobodys = ask("T#nobody", ("", "~"), Order::Ascending, None);
    assert_eq!(slice(items, &nobodys).await, Slice::default());
}

/// A slice ends at about a megabyte, and says that there is more.
pub async fn more_than_a_megabyte<I: Items>(items: &I) {
    let partition = partition();
    let all: Vec<Item> = (0..9)
        .map(|number| {
            let value = noise(300 * 1024, number);
            item(&partition, &format!("k{number}"), value.as_bytes())
        })
        .collect();
    items.put(&all).await.expect("written");
    for order in [Order::Ascending, Order::Descending] {
        let ask = ask(&partition, ("k0", "k9"), order, None);
        let (mut found, slices) = whole(items, &ask).await;
        assert!((3..=4).contains(&slices), "{slices} slices");
        found.sort_by(|one, other| one.key.cmp(&other.key));
        assert_eq!(found, all);
    }
    let keys: Vec<Key> = all.iter().map(|item| item.key.clone()).collect();
    let got = items.get(&keys, Consistency::Strong).await;
    assert_eq!(got.expect("items").len(), all.len());
}

/// Items under many keys: those that are there, each once.
pub async fn keys_that_are_there_and_others<I: Items>(items: &I) {
    let (one, other) = (partition(), partition());
    let all: Vec<Item> = (0..230)
        .map(|number| {
            let partition = [&one, &other][number % 2];
            item(partition, &format!("k{number:03}"), &[7; 10])
        })
        .collect();
    items.put(&all).await.expect("written");
    let there = all.iter().map(|item| item.key.clone());
    let absent = all.iter().map(|item| Key {
        sort: format!("{}-", item.key.sort),
        ..item.key.clone()
    });
    let mut keys: Vec<Key> = there.zip(absent).flat_map(<[Key; 2]>::from).collect();
    keys.extend(keys[..20].to_vec());
    for consistency in [Consistency::Strong, Consistency::Eventual] {
        let mut found = items.get(&keys, consistency).await.expect("items");
        found.sort_by(|one, other| one.key.sort.cmp(&other.key.sort));
        assert_eq!(found, all);
        assert_eq!(items.get(&[], consistency).await.expect("items"), []);
        let absent = items.get(&keys[1..2], consistency).await;
        assert_eq!(absent.expect("items"), []);
    }
}

/// What is there is not created again, and stays as it is.
pub async fn nothing_is_created_twice<I: Items>(items: &I) {
    let partition = partition();
    let (first, second) = (
        item(&partition, "k", b"first"),
        item(&partition, "k", b"second"),
    );
    let creating = (0..8).map(|_| items.create(&first));
    let created: Vec<Created> = join_all(creating)
        .await
        .into_iter()
        .map(|one| one.expect("written"))
        .collect();
    let new = created.iter().filter(|one| **one == Created::New);
    assert_eq!(new.count(), 1, "{created:?}");
    let again = items.create(&second).await.expect("written");
    assert_eq!(again, Created::AlreadyThere);
    let beside = items.create(&item(&partition, "l", b"")).await;
    assert_eq!(beside.expect("written"), Created::New);
    let found = items
        .get(std::slice::from_ref(&first.key), Consistency::Strong)
        .await;
    assert_eq!(found.expect("items"), [first]);
}

/// Of many that replace an item at once, one does, and each replacement counts.
pub async fn one_of_many_replaces_an_item<I: Items>(items: &I) {
    let partition = partition();
    let valued = |value: u8, revision| Item {
        revision,
        ..item(&partition, "head", &[value; 100])
    };
    // There is none yet, of whatever revision.
    assert!(!items.swap(&valued(0, 3)).await.expect("written"));
    for revision in 0..4 {
        let rivals: Vec<Item> = (0..8).map(|value| valued(value, revision)).collect();
        let swaps = join_all(rivals.iter().map(|rival| items.swap(rival))).await;
        let won: Vec<bool> = swaps.into_iter().map(|one| one.expect("written")).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
        let winner = won.iter().position(|won| *won).expect("one");
        let key = [rivals[0].key.clone()];
        let found = items.get(&key, Consistency::Strong).await.expect("items");
        let expected = Item {
            revision: revision + 1,
            ..rivals[winner].clone()
        };
        assert_eq!(found, [expected]);
        // An older revision, and one that is not yet there.
        for wrong in [revision, revision + 2] {
            let late = valued(99, wrong);
            assert!(!items.swap(&late).await.expect("written"));
        }
    }
    let range = ask(&partition, ("head", "head"), Order::Ascending, None);
    let found = slice(items, &range).await;
    assert_eq!(found.items[0].revision, 4);
}

/// Writing what is there, or the same twice at once, changes nothing.
pub async fn writing_again_changes_nothing<I: Items>(items: &I) {
    let partition = partition();
    let all: Vec<Item> = (0..60)
        .map(|number| item(&partition, &format!("k{number:02}"), &[number; 50]))
        .collect();
    items.put(&[]).await.expect("nothing written");
    items.put(&all[..40]).await.expect("written");
    let twice: Vec<Item> = all.iter().chain(&all[30..]).cloned().collect();
    items.put(&twice).await.expect("written");
    let ask = ask(&partition, ("", "~"), Order::Ascending, None);
    assert_eq!(whole(items, &ask).await.0, all);
}

/// A partition has its own items alone, also where its name begins another's.
pub async fn partitions_are_apart<I: Items>(items: &I) {
    let one = partition();
    let other = format!("{one}#1");
    let all = [
        item(&one, "a", b"1"),
        item(&one, "b", b"2"),
        item(&other, "a", b"3"),
        item(&other, "c", b"4"),
    ];
    items.put(&all).await.expect("written");
    for (partition, wanted) in [(&one, &all[..2]), (&other, &all[2..])] {
        for order in [Order::Ascending, Order::Descending] {
            let ask = ask(partition, ("", "~"), order, Some(1));
            let (mut found, _) = whole(items, &ask).await;
            found.sort_by(|one, other| one.key.cmp(&other.key));
            assert_eq!(found, wanted);
        }
    }
}

/// Keys of any characters, in the order of their bytes; values of any bytes, or none.
pub async fn odd_characters<I: Items>(items: &I) {
    let partition = format!("{}#\"quoted\" \\ {{}} é 日本 😀 \u{7f}\t'", partition());
    let mut keys = vec![
        "!", "#a", "A", "Z_-", "a b", "a\"b", "a:b", "a\\b", "aé~", "aа~", "a日本~", "a😀~", "~~~~",
    ];
    keys.sort_unstable();
    let bytes: Vec<u8> = (0..=255).collect();
    let all: Vec<Item> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| item(&partition, key, &bytes[..at * 21]))
        .collect();
    items.put(&all).await.expect("written");
    for limit in [Some(1), Some(4), None] {
        let up = ask(&partition, ("!", "~~~~"), Order::Ascending, limit);
        assert_eq!(whole(items, &up).await.0, all);
        let down = ask(&partition, ("!", "~~~~"), Order::Descending, limit);
        let (mut found, _) = whole(items, &down).await;
        found.reverse();
        assert_eq!(sorts(&found), keys);
    }
    let got = items
        .get(std::slice::from_ref(&all[4].key), Consistency::Strong)
        .await;
    assert_eq!(got.expect("items"), [all[4].clone()]);
}
