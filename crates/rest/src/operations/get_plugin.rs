//! `GET /v1/plugins/{id}`: what a plugin version says of itself, or why it was refused.

use http::{Method, StatusCode};

use crate::error::ApiError;
use crate::operation::{Call, Nothing, Operation, PLUGIN};
use crate::plugins::find::find;
use crate::plugins::shape::PluginShape;
use crate::ports::Ports;
use crate::reply::Reply;

/// The operation.
pub struct GetPlugin;

impl<P: Ports> Operation<P> for GetPlugin {
    const NAME: &'static str = "GetPlugin";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v1/plugins/{id}";
    const READ_ONLY: bool = true;
    const RESOURCE: Option<&'static str> = Some(PLUGIN);
    type Input = Nothing;

    fn parse(_: &Call<'_, P>) -> Result<Nothing, ApiError> {
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        let plugin = find(call).await?;
        Reply::json(StatusCode::OK, &PluginShape::of(&plugin, call.now))
    }
}
