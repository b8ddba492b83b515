//! Over how many partitions arrivals are spread.

use activity_log_core::event::Event;
use activity_log_core::head::Head;
use activity_log_core::instant::DAY;
use activity_log_core::items::{Created, ItemWriter};
use activity_log_core::pack::{ArrivalDraft, PackEncoder};
use activity_log_core::shards::{REMEMBERED_MS, Shards};

use crate::port::block_on;
use crate::stage::{Stage, account, batch};
use crate::stored::head;

/// A text that hardly compresses.
fn noise(seed: u64) -> String {
    let mut number = seed;
    let letters = (0..250_000).map(|_| {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'0' + u8::try_from((number >> 40) % 64).unwrap())
    });
    letters
        .map(|letter| if letter == '\\' { '_' } else { letter })
        .collect()
}

/// So many arrivals of one event of some 185 KB in this slot, written over as many partitions as the head says.
async fn arrive_much(stage: &Stage, count: u64) {
    let now = stage.clock.now();
    let write = head(&stage.items).await.shards.write;
    for at in 0..count {
        let text = format!(
            r#"{{"eventTime":"{now}","eventName":"Put","eventID":"n{}-{at}","requestParameters":"{}"}}"#,
            now.millis(),
            noise(at + 1),
        );
        let event = Event::stored(&text, "import").unwrap();
        let draft = ArrivalDraft::new(&mut PackEncoder::new().unwrap(), account(), &[&event]);
        let item = draft.unwrap().item(now, write);
        assert_eq!(stage.items.create(&item).await.unwrap(), Created::New);
    }
}

fn numbers(shards: Shards) -> (u8, u8) {
    (shards.read, shards.write)
}

#[test]
fn an_account_of_much_is_spread_and_loses_nothing() {
    block_on(async {
        let stage = Stage::default();
        let mut kept = 0;
        let mut seen = Vec::new();
        let steps = [
            (30, 0),
            (30, REMEMBERED_MS),
            (1, DAY),
            (1, 2 * REMEMBERED_MS),
        ];
        for (count, millis) in steps {
            stage.clock.pass(millis);
            arrive_much(&stage, count).await;
            stage.clock.seal();
            let rolled = stage.roll().await;
            assert_eq!(rolled.totals.kept, count);
            kept += count;
            seen.push(numbers(head(&stage.items).await.shards));
        }
        // Readers look into two, writers write to two; a day later to one, and then nobody looks into the other.
        assert_eq!(seen, [(2, 1), (2, 2), (2, 1), (1, 1)]);
        assert_eq!(head(&stage.items).await.totals.kept, kept);
    });
}

#[test]
fn arrivals_of_all_shards_are_read_and_a_batch_in_two_of_them_counts_once() {
    block_on(async {
        let mut stage = Stage::default();
        let first = Head {
            shards: Shards {
                read: 4,
                ..Shards::default()
            },
            ..Head::default()
        };
        let item = first.item(account(), stage.clock.now()).unwrap();
        assert!(stage.items.swap(&item).await.unwrap());
        for number in 0..40 {
            let event = [stage.event(number)];
            let (item, came) = batch(&event, stage.clock.now(), 4);
            stage.items.create(&item).await.unwrap();
            stage.came.extend(came);
            stage
                .items
                .create(&batch(&event, stage.clock.now(), 1).0)
                .await
                .unwrap();
        }
        stage.clock.seal();
        stage.roll().await;
        stage.check().await;
        assert_eq!(head(&stage.items).await.shards.read, 1, "nobody needs four");
    });
}
