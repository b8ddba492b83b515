//! Log lines: JSON, one object a line, at the level the stack's `LogLevel` asks for. Not by Lambda's own logging
//! controls: those would also filter the lines that carry metrics.

use lambda_runtime::tracing::level_filters::LevelFilter;
use lambda_runtime::tracing::subscriber;

/// Starts logging at the level `LOG_LEVEL` names; to be called once, first.
pub fn start() {
    let level = std::env::var("LOG_LEVEL").ok();
    let level = level
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .init();
}
