//! What tests of this crate begin with.

use std::collections::BTreeMap;

use activity_log_core::instant::Instant;
use activity_log_core::trail::logging::Logging;
use activity_log_core::trail::progress::{Progress, Span};
use activity_log_core::trail::record::{Counts, WindowRecord};
use activity_log_core::trail::selection::Selections;
use activity_log_core::trail::{Delivery, Settings, Trail};
use activity_log_core::window::Window;

/// A trail whose windows `from` to `to` wait for a digest.
pub fn sample_trail(from: i64, to: i64) -> Trail {
    let window = Window::from_number;
    let (from, to) = (window(from), window(to));
    Trail {
        account: "111122223333".parse().unwrap(),
        name: "audit".parse().unwrap(),
        id: "00000000000000aa".to_owned(),
        created: Instant::from_seconds(0),
        settings: Settings {
            bucket: "logs".to_owned(),
            prefix: None,
            include_global_service_events: true,
            validation: true,
            tags: BTreeMap::new(),
            selections: Selections::default(),
        },
        logging: Logging::default(),
        progress: Progress {
            undigested: Some(Span { from, to }),
            ..Progress::default()
        },
        delivery: Delivery::default(),
    }
}

/// The record of a window without events.
pub fn record(window: i64) -> WindowRecord {
    WindowRecord {
        window: Window::from_number(window),
        counts: Counts::default(),
        archives: Vec::new(),
    }
}
