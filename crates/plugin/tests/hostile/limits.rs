//! Each limit of a running plugin.

use std::time::Duration;

use activity_log_plugin::{Budget, Engine, Exceeded, Failure, Limits, compile};

use crate::guest::{Guest, with_module};
use crate::{BUDGET, LOOP, exceeds, fails, filter, limits, load, load_with};

#[test]
fn an_endless_loop_meets_the_time_of_a_batch() {
    let limits = Limits {
        batch_time: Duration::from_millis(200),
        ..limits()
    };
    let plugin = load_with(&Guest::filtering(LOOP).component(), &limits).unwrap();
    let failure = filter(&mut plugin.start(&[], BUDGET).unwrap()).unwrap_err();
    let expected =
        "batch time: the plugin took longer than 200 ms for one batch; look for an endless loop";
    assert_eq!(failure.to_string(), expected);
    assert_eq!(failure.name(), "batch time");
}

#[test]
fn a_slow_one_meets_the_time_in_all() {
    let plugin = load(&Guest::filtering(LOOP));
    let time = Duration::from_millis(50);
    let mut run = plugin.start(&[], Budget { time, fuel: None }).unwrap();
    let failure = filter(&mut run).unwrap_err();
    assert!(
        matches!(failure, Failure::Limit(Exceeded::Time(met)) if met == time),
        "{failure}"
    );
    assert!(run.used().guest_time >= time);
}

#[test]
fn fuel_ends_at_the_same_place_everywhere() {
    let plugin = load(&Guest::filtering(LOOP));
    let budget = Budget {
        fuel: Some(10_000),
        ..BUDGET
    };
    let mut run = plugin.start(&[], budget).unwrap();
    let failure = filter(&mut run).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "fuel: the plugin used up the run's 10000 units of fuel"
    );
    assert_eq!(run.used().fuel, 10_000);
}

#[test]
fn loops_at_the_start_meet_the_time_to_start() {
    let limits = Limits {
        start_time: Duration::from_millis(100),
        ..limits()
    };
    let load = |guest: &Guest| load_with(&guest.component(), &limits).unwrap();
    let met = |failure: Failure| match failure {
        Failure::Limit(exceeded @ Exceeded::StartTime(_)) => {
            assert_eq!(exceeded.name(), "start time");
        }
        other => panic!("{other}"),
    };
    let starting = Guest {
        start: LOOP.to_owned(),
        ..Guest::default()
    };
    met(load(&starting).start(&[], BUDGET).unwrap_err());
    let describing = Guest {
        describe: "(loop $forever (br $forever))".to_owned(),
        ..Guest::default()
    };
    met(load(&describing).describe().unwrap_err());
    let instantiating = Guest {
        more: "(func $forever (loop $again (br $again))) (start $forever)".to_owned(),
        ..Guest::default()
    };
    met(load(&instantiating).describe().unwrap_err());
}

#[test]
fn memory_is_limited() {
    let grows = "(loop $more (drop (memory.grow (i32.const 100))) (br $more)) unreachable";
    assert_eq!(
        exceeds(&Guest::filtering(grows)),
        Exceeded::Memory(64 << 20)
    );
    let message = "memory: the plugin asked for more than 64 MiB";
    assert_eq!(fails(grows).to_string(), message);
    // One that begins so large.
    let large = Guest {
        pages: 1025,
        ..Guest::default()
    };
    assert_eq!(load(&large).describe().unwrap_err().to_string(), message);
    let largest = Guest {
        pages: 1024,
        ..Guest::default()
    };
    load(&largest).describe().unwrap();
}

#[test]
fn memory_is_limited_in_all_memories_together() {
    // 64 MiB less one page in another instance's memory: the guest has two pages.
    let component = with_module(
        &Guest::default().component(),
        1,
        "(module (memory 1023))",
        1,
    );
    let plugin = load_with(&component, &limits()).unwrap();
    assert!(matches!(
        plugin.describe(),
        Err(Failure::Limit(Exceeded::Memory(_)))
    ));
    let component = with_module(
        &Guest::default().component(),
        1,
        "(module (memory 1022))",
        1,
    );
    load_with(&component, &limits())
        .unwrap()
        .describe()
        .unwrap();
}

#[test]
fn memories_and_tables_are_counted() {
    let with = |module: &str, instances: u8| {
        let component = with_module(&Guest::default().component(), 1, module, instances);
        load_with(&component, &limits()).map(|plugin| plugin.describe().unwrap())
    };
    with("(module (memory 1))", 7).unwrap();
    let error = with("(module (memory 1))", 8).unwrap_err();
    assert_eq!(error.to_string(), "memories: the plugin has more than 8");
    with("(module (table 1 funcref))", 32).unwrap();
    let error = with("(module (table 1 funcref))", 33).unwrap_err();
    assert_eq!(error.to_string(), "tables: the plugin has more than 32");
}

#[test]
fn tables_are_limited_in_all_together() {
    let guest = Guest {
        more: "(table $table 0 funcref)".to_owned(),
        ..Guest::filtering(
            "(loop $more (drop (table.grow $table (ref.null func) (i32.const 10000))) (br $more)) unreachable",
        )
    };
    assert_eq!(exceeds(&guest), Exceeded::TableElements(200_000));
    let large = Guest {
        more: "(table 100000 funcref) (table 100001 funcref)".to_owned(),
        ..Guest::default()
    };
    let failure = load(&large).describe().unwrap_err();
    assert_eq!(
        failure.to_string(),
        "table elements: the plugin's tables grew to more than 200000 elements"
    );
}

#[test]
fn deep_recursion_meets_the_stack() {
    let guest = Guest {
        more: "(func $down (param i32) (result i32)
                 (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (local.get 0)))"
            .to_owned(),
        ..Guest::filtering("(call $down (i32.const 0))")
    };
    assert_eq!(exceeds(&guest), Exceeded::Stack);
}

#[test]
fn a_run_beside_hostile_ones_is_unaffected() {
    let engine = Engine::new(limits()).unwrap();
    let load = |guest: &Guest| {
        engine
            .load(&compile(&guest.component(), &limits()).unwrap())
            .unwrap()
    };
    let grows = "(loop $more (drop (memory.grow (i32.const 1))) (br $more)) unreachable";
    let hostile = [LOOP, grows, "unreachable"].map(|body| load(&Guest::filtering(body)));
    let good = load(&Guest::default());
    let short = Budget {
        time: Duration::from_millis(200),
        fuel: None,
    };
    std::thread::scope(|scope| {
        for plugin in &hostile {
            scope.spawn(move || {
                for _ in 0..3 {
                    filter(&mut plugin.start(&[], short).unwrap()).unwrap_err();
                }
            });
        }
        let mut run = good.start(&[], BUDGET).unwrap();
        for _ in 0..2000 {
            assert_eq!(filter(&mut run).unwrap().keep, [true, false, true]);
        }
        assert_eq!(run.used().memory_bytes, 2 * 65536);
    });
}
