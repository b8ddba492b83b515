//! A tick asks for what is due, and for nothing else.

use activity_log_core::account::AccountId;
use activity_log_core::instant::MINUTE;
use activity_log_rollup::metrics::Ticked;

use crate::stage::{START, Stage, account};

/// Accounts that were asked for.
fn asked(stage: &Stage) -> Vec<AccountId> {
    let mut asked: Vec<_> = stage
        .take()
        .into_iter()
        .map(|(job, wait)| {
            assert_eq!(wait.as_secs(), 0);
            assert_eq!(job.until, stage.app.now().plus_millis(MINUTE));
            job.account
        })
        .collect();
    asked.sort();
    asked
}

#[tokio::test]
async fn an_account_of_which_nothing_is_due_gets_no_message() {
    let stage = Stage::new(40).await;
    stage.at(START.plus_millis(3 * MINUTE));
    let done = Ticked {
        ticks: 1,
        ..Ticked::default()
    };
    assert_eq!(stage.tick().await, done);
    assert_eq!(asked(&stage), []);
    stage.due(7, Ok(START));
    stage.due(9, Ok(START.plus_millis(2 * MINUTE)));
    let ticked = Ticked {
        accounts_due: 2,
        lag_seconds: 180,
        ..done
    };
    assert_eq!(stage.tick().await, ticked);
    assert_eq!(asked(&stage), [account(7), account(9)]);
}

#[tokio::test]
async fn an_account_that_cannot_be_looked_at_keeps_no_other_back() {
    let stage = Stage::new(3).await;
    stage.at(START.plus_millis(3 * MINUTE));
    stage.due(0, Err("broken on purpose"));
    stage.due(2, Ok(stage.app.now()));
    let ticked = Ticked {
        ticks: 1,
        accounts_due: 1,
        accounts_failed: 1,
        lag_seconds: 0,
    };
    assert_eq!(stage.tick().await, ticked);
    assert_eq!(asked(&stage), [account(2)]);
}
