//! A hold is renewed for as long as the run works, and ends the run when it is lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_lambda::heartbeat::{CLAIMED, Cause, HIDDEN, Heart, Hold, Lost};
use tokio::time::Instant;

/// Answers in turn, the last for ever; notes when it was asked.
#[derive(Clone)]
struct Claim {
    answers: Arc<Mutex<Vec<Answer>>>,
    asked: Arc<Mutex<Vec<u64>>>,
}

#[derive(Clone, Copy)]
enum Answer {
    Held,
    Taken,
    Fails,
    Hangs,
}

impl Claim {
    fn that(answers: &[Answer]) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.to_vec())),
            asked: Arc::default(),
        }
    }

    fn asked(&self) -> Vec<u64> {
        self.asked.lock().unwrap().clone()
    }
}

impl Hold for Claim {
    const WHAT: &'static str = "claim";
    const LASTS: Duration = CLAIMED;

    async fn renew(&mut self, elapsed: Duration) -> Result<bool, Cause> {
        self.asked.lock().unwrap().push(elapsed.as_secs());
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            if answers.len() > 1 {
                answers.remove(0)
            } else {
                answers[0]
            }
        };
        match answer {
            Answer::Held => Ok(true),
            Answer::Taken => Ok(false),
            Answer::Fails => Err("broken on purpose".into()),
            Answer::Hangs => std::future::pending().await,
        }
    }
}

/// How many seconds a run got that asks for `wants`, and what it came to.
async fn run(claim: &Claim, wants: u64) -> (u64, Result<(), Lost>) {
    let began = Instant::now();
    let heart = Heart::start(claim.clone());
    let done = heart
        .keep(tokio::time::sleep(Duration::from_secs(wants)))
        .await;
    let took = began.elapsed().as_secs();
    assert!(heart.stop().await.is_some());
    (took, done)
}

#[tokio::test(start_paused = true)]
async fn a_run_holds_what_it_has_for_as_long_as_it_works_and_no_longer() {
    let claim = Claim::that(&[Answer::Held]);
    assert_eq!(run(&claim, 905).await, (905, Ok(())));
    let beats: Vec<u64> = (1..=90).map(|beat| beat * 10).collect();
    assert_eq!(claim.asked(), beats);
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(claim.asked(), beats);
}

#[tokio::test(start_paused = true)]
async fn a_short_run_says_nothing() {
    let claim = Claim::that(&[Answer::Held]);
    assert_eq!(run(&claim, 9).await, (9, Ok(())));
    assert!(claim.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lost_what_it_had_ends_at_once() {
    let claim = Claim::that(&[Answer::Held, Answer::Held, Answer::Taken]);
    assert_eq!(run(&claim, 900).await, (30, Err(Lost("claim"))));
    assert_eq!(claim.asked(), [10, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_is_tried_again_while_there_is_time() {
    let claim = Claim::that(&[Answer::Fails, Answer::Fails, Answer::Held]);
    assert_eq!(run(&claim, 60).await, (60, Ok(())));
    assert_eq!(claim.asked(), [10, 11, 12, 22, 32, 42, 52]);
}

#[tokio::test(start_paused = true)]
async fn who_cannot_renew_ends_before_another_may_begin() {
    for answer in [Answer::Fails, Answer::Hangs] {
        let claim = Claim::that(&[Answer::Held, answer]);
        // Renewed at 10, and so free at 50.
        assert_eq!(run(&claim, 900).await, (45, Err(Lost("claim"))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_holds_nothing_on() {
    let claim = Claim::that(&[Answer::Held]);
    let work = tokio::time::timeout(Duration::from_secs(25), run(&claim, 900));
    assert!(work.await.is_err());
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(claim.asked(), [10, 20]);
}

/// The claim of a run that died is free when its message comes.
const _: () = assert!(CLAIMED.as_secs() < HIDDEN.as_secs());
/// And there is a quarter of a minute left to begin and to finish.
const _: () = assert!(HIDDEN.as_secs() <= 45);
