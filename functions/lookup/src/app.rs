//! The routes: which protocol answers which path. No Lambda here, so tests call it in process.

use activity_log_calls::{Attempts, CallLog, Received, Recorder, Telling};
use activity_log_cloudtrail as cloudtrail;
use activity_log_control::{Accounts, CursorKeys, Outbox, Projects, Sessions, UnprovenCalls};
use activity_log_identity::Admit;
use activity_log_rest as rest;
use activity_log_vk as vk;
use bytes::Bytes;
use http::{Method, Request, StatusCode};

use crate::answered::Answered;
use crate::{calls, logs};

pub use activity_log_cloudtrail::Context;

/// What the function stands on.
pub trait Ports: Send + Sync {
    /// behind the `CloudTrail` protocol
    type CloudTrail: cloudtrail::ports::Ports;
    /// behind our REST API
    type Rest: rest::ports::Ports;
    /// behind VK's protocol
    type Vk: vk::ports::Ports;
    /// lets callers in
    type Gate: Admit;
    /// knows the accounts' projects
    type Projects: Projects;
    /// knows which sessions ended
    type Sessions: Sessions;
    /// keeps records of changes until they are told
    type Outbox: Outbox;
    /// knows the accounts, and opens their keys
    type Accounts: Accounts + CursorKeys;
    /// counts calls whose callers did not show who they are
    type Unproven: UnprovenCalls;
    /// takes the records of calls
    type Calls: CallLog;
}

/// The function's parts put together.
pub struct App<P: Ports> {
    /// `CloudTrail`'s protocol
    pub cloudtrail: cloudtrail::Service<P::CloudTrail>,
    /// our REST API
    pub rest: rest::Service<P::Rest>,
    /// VK's protocol
    pub vk: vk::Service<P::Vk>,
    /// one door for all of them
    pub gate: P::Gate,
    /// the accounts' projects
    pub projects: P::Projects,
    /// the sessions
    pub sessions: P::Sessions,
    /// what changes are yet to be told
    pub outbox: P::Outbox,
    /// the accounts
    pub accounts: P::Accounts,
    /// calls whose callers did not show who they are
    pub unproven: P::Unproven,
    /// the log of calls
    pub recorder: Recorder<P::Calls>,
}

impl<P: Ports> App<P> {
    /// Answers one request, and records the call.
    pub async fn answer(&self, request: &Request<Bytes>, context: Context<'_>) -> Answered {
        let received = Received {
            request,
            id: context.request_id,
            now: context.now,
        };
        let telling = Telling::new(&self.recorder, &self.outbox, received);
        let mut answered = self.route(request, context, &telling).await;
        // The answer stands: what was asked for has happened. The metric and its alarm tell.
        answered.unrecorded = if let Some(call) = calls::told(&answered) {
            telling.end(call).await.err().map(Into::into)
        } else if let Some(refused) = calls::refused(&answered) {
            let told = self.recorder.refuse(&self.unproven, received, refused);
            told.await.err().map(Into::into)
        } else {
            None
        };
        answered
    }

    async fn route(
        &self,
        request: &Request<Bytes>,
        context: Context<'_>,
        attempts: &impl Attempts,
    ) -> Answered {
        if request.method() == Method::POST && request.uri().path() == "/" {
            let served = self
                .cloudtrail
                .serve(request, context, &self.gate, attempts)
                .await;
            return served.into();
        }
        let of_rest = rest::Context {
            now: context.now,
            request_id: context.request_id,
            random: rand::random(),
        };
        let served = self
            .rest
            .serve(request, of_rest, &self.gate, attempts)
            .await;
        if let Some(served) = served {
            return served.into();
        }
        // Last, so that no project hides a path of ours: `/v1/reports/logs` is a report's.
        if let Some(project) = vk::path::project(request.uri().path()) {
            return logs::answer(self, request, context, &project).await;
        }
        Answered::refusal(
            StatusCode::NOT_FOUND,
            "NotFound",
            &format!(
                "Nothing is served at {} {}",
                request.method(),
                request.uri().path()
            ),
        )
    }
}
