//! VK's protocol, `GET /v1/{project_id}/logs`: who may read which project, before [`activity_log_vk`] answers.

use activity_log_calls::{self as calls, Asked, Operation, Source};
use activity_log_control::{Permission, ProjectId, Projects as _};
use activity_log_identity::{Admit as _, AuthenticationError, Denied, Principal, authorize};
use activity_log_vk::parameters::Parameters;
use activity_log_vk::{Caller, Error, OPERATION, Served};
use bytes::Bytes;
use http::Request;

use crate::answered::Answered;
use crate::app::{App, Context, Ports};

/// Answers a request for the log of this project.
pub async fn answer<P: Ports>(
    app: &App<P>,
    request: &Request<Bytes>,
    context: Context<'_>,
    project: &str,
) -> Answered {
    let mut caller = (None, None);
    let served = match serve(app, request, context, project, &mut caller).await {
        Ok(served) => served,
        Err(error) => Served::refused(error, context.request_id),
    };
    let query = request.uri().query().unwrap_or_default();
    let asked = match Parameters::read(query, request.headers()) {
        // Of who is not known nothing is read.
        Ok(parameters) if caller.0.is_some() => Asked {
            parameters: calls::Parameters::of(&parameters),
            ..Asked::default()
        },
        _ => Asked::unread(query.len()),
    };
    let told = served.error.as_ref();
    let is_off = caller.0.as_ref().is_some_and(|caller| {
        caller.grants.allow(Permission::Auditor) && !caller.account.subscription_active(context.now)
    });
    // Told apart from who may not: the metric of denied calls does not count it.
    let name = |error: &Error| match error {
        Error::Forbidden(_) if is_off => "SubscriptionInactive",
        other => other.name(),
    };
    let error = told.map(|error| (name(error), error.to_string()));
    Answered {
        operation: Some(Operation {
            name: OPERATION,
            source: Source::ActivityLog,
            read_only: true,
        }),
        principal: caller.0,
        claimed: caller.1,
        project: Some(project.to_owned()),
        asked,
        error,
        cause: served.error.and_then(Error::into_cause),
        ..Answered::new(served.response)
    }
}

/// Leaves in `caller` who asked, or claims to.
async fn serve<P: Ports>(
    app: &App<P>,
    request: &Request<Bytes>,
    context: Context<'_>,
    project: &str,
    caller: &mut (Option<Principal>, Option<Box<Principal>>),
) -> Result<Served, Error> {
    let admitted = app.gate.admit(request, context.now).await;
    let principal = admitted.map_err(|error| unauthenticated(error, &mut caller.1))?;
    let principal = &*caller.0.insert(principal);
    let action = format!("activity-log:{OPERATION}");
    authorize(principal, Permission::Auditor, &action, context.now)
        .map_err(|denied| refused(&denied))?;
    let account = &principal.account;
    // What is no project's id is no project of anybody's.
    let id: ProjectId = project.parse().map_err(|_| Error::UnknownProject)?;
    if !app.projects.has_project(account.id, &id).await? {
        return Err(Error::UnknownProject);
    }
    let default = ProjectId::of_account(account.id);
    let caller = Caller {
        account,
        default_project: default.as_str(),
    };
    Ok(app.vk.serve(request, caller, context.request_id).await)
}

fn unauthenticated(error: AuthenticationError, claimed: &mut Option<Box<Principal>>) -> Error {
    match error {
        AuthenticationError::Denied {
            denied,
            claimed: named,
        } => {
            *claimed = named;
            refused(&denied)
        }
        AuthenticationError::Unavailable(error) => error.into(),
    }
}

fn refused(denied: &Denied) -> Error {
    match denied {
        Denied::Throttled => Error::Throttled(None),
        Denied::NotAuthorized { .. } | Denied::SubscriptionOff { .. } => {
            Error::Forbidden(denied.to_string().into())
        }
        _ => Error::Unauthenticated(denied.to_string().into()),
    }
}
