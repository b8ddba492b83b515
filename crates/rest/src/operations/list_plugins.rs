//! `GET /v1/plugins`: the account's plugin versions, newest first; with `?name=`, those of that name.

use activity_log_control::PluginReader as _;
use http::{Method, StatusCode};
use serde::Serialize;

use crate::error::ApiError;
use crate::operation::{Call, Nothing, Operation};
use crate::plugins::shape::PluginShape;
use crate::ports::Ports;
use crate::reply::Reply;

/// The operation.
pub struct ListPlugins;

#[derive(Serialize)]
struct Output {
    plugins: Vec<PluginShape>,
}

impl<P: Ports> Operation<P> for ListPlugins {
    const NAME: &'static str = "ListPlugins";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v1/plugins";
    const READ_ONLY: bool = true;
    const QUERY: &'static [&'static str] = &["name"];
    type Input = Nothing;

    fn parse(_: &Call<'_, P>) -> Result<Nothing, ApiError> {
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        let plugins = call.ports.plugins().plugins(call.account(), call.now).await;
        let mut plugins = plugins.map_err(ApiError::unavailable)?;
        if let Some(name) = call.query.get("name") {
            // Only what is ready has a name: a manifest's.
            plugins.retain(|one| one.ready().is_some_and(|ready| ready.manifest.name == name));
        }
        let plugins = plugins.iter().map(|one| PluginShape::of(one, call.now));
        let output = Output {
            plugins: plugins.collect(),
        };
        Reply::json(StatusCode::OK, &output)
    }
}
