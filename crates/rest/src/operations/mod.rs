//! The operations served, one file each, and the table that finds them.

mod check_plugin;
mod close_session;
mod count_events;
mod create_report;
mod delete_plugin;
mod delete_report;
mod download_report;
mod get_event;
mod get_openapi;
mod get_plugin;
mod get_report;
mod list_plugins;
mod list_reports;
mod open_session;
mod search_events;
mod upload_plugin;

pub use check_plugin::CheckPlugin;
pub use close_session::CloseSession;
pub use count_events::CountEvents;
pub use create_report::CreateReport;
pub use delete_plugin::DeletePlugin;
pub use delete_report::DeleteReport;
pub use download_report::DownloadReport;
pub use get_event::GetEvent;
pub use get_plugin::GetPlugin;
pub use get_report::GetReport;
pub use list_plugins::ListPlugins;
pub use list_reports::ListReports;
pub use open_session::OpenSession;
pub use search_events::SearchEvents;
pub use upload_plugin::UploadPlugin;

use crate::operation::Row;
use crate::ports::Ports;

/// How often something that others change too is tried.
const ATTEMPTS: usize = 8;

/// Every operation served.
pub fn table<P: Ports>() -> [Row<P>; 16] {
    [
        Row::of::<CountEvents>(),
        Row::of::<SearchEvents>(),
        Row::of::<GetEvent>(),
        Row::of::<CreateReport>(),
        Row::of::<ListReports>(),
        Row::of::<GetReport>(),
        Row::of::<DownloadReport>(),
        Row::of::<DeleteReport>(),
        Row::of::<UploadPlugin>(),
        Row::of::<ListPlugins>(),
        Row::of::<GetPlugin>(),
        Row::of::<CheckPlugin>(),
        Row::of::<DeletePlugin>(),
        Row::of::<OpenSession>(),
        Row::of::<CloseSession>(),
        get_openapi::row(),
    ]
}
