//! Plugins that mean harm, or are broken: each fails with the limit or the rule it breaks, by name.

mod blame;
#[path = "../guest/mod.rs"]
mod guest;
mod limits;
mod messages;
mod traps;
mod verdicts;

use std::time::Duration;

use activity_log_plugin::{
    Batch, Budget, Engine, EngineError, Exceeded, Failure, Limits, Plugin, Run, Verdict, compile,
};
use guest::Guest;

pub(crate) const BUDGET: Budget = Budget {
    time: Duration::from_mins(1),
    fuel: None,
};

pub(crate) fn limits() -> Limits {
    Limits::default()
}

pub(crate) fn load_with(component: &[u8], limits: &Limits) -> Result<Plugin, EngineError> {
    let compiled = compile(component, limits).unwrap();
    Engine::new(limits.clone()).unwrap().load(&compiled)
}

pub(crate) fn load(guest: &Guest) -> Plugin {
    load_with(&guest.component(), &limits()).unwrap()
}

pub(crate) fn start(guest: &Guest) -> Run {
    load(guest).start(&[], BUDGET).unwrap()
}

pub(crate) fn filter(run: &mut Run) -> Result<Verdict, Failure> {
    let column = guest::texts(["Describe", "Run", "Delete"]);
    run.filter(&Batch {
        rows: 3,
        columns: vec![column.column()],
    })
}

/// The failure of a guest whose `filter` does this, after which it is not asked again.
pub(crate) fn fails(body: &str) -> Failure {
    let mut run = start(&Guest::filtering(body));
    let failure = filter(&mut run).unwrap_err();
    assert!(matches!(filter(&mut run), Err(Failure::Dead)));
    failure
}

pub(crate) fn exceeds(guest: &Guest) -> Exceeded {
    let mut run = start(guest);
    match filter(&mut run).unwrap_err() {
        Failure::Limit(exceeded) => exceeded,
        other => panic!("{other}"),
    }
}

pub(crate) const LOOP: &str = "(loop $forever (br $forever)) unreachable";
