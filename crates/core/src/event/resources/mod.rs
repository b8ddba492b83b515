//! What an event touched: what its record lists, and what its request and its answer name.
//!
//! Few records have `resources`. What people look for is named in `requestParameters` and `responseElements`, under members
//! that say of what kind it is ([`known`]), as an ARN somewhere in them, or, in VK's records, in the path ([`uri`]).

mod arn;
mod known;
mod members;
mod uri;

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::value::RawValue;

pub use arn::other_names;
pub(super) use uri::of_uri;

use super::fields::{ResourceField, ResourceSource, text};
use super::limits::RESOURCES;
use super::record::{Text, Touched};
use crate::object::Object;
use known::Call;
use members::Value;

/// Resources that are compared one by one, whatever is named twice.
const FEW: usize = 16;

/// Where a record says what its call touched.
pub(super) struct Named<'a> {
    /// `resources`
    pub listed: Option<Vec<Option<Object<Touched<'a>>>>>,
    /// `requestParameters`
    pub request: Option<&'a RawValue>,
    /// `responseElements`
    pub response: Option<&'a RawValue>,
}

impl<'a> Named<'a> {
    /// What the call of this name to this service touched, each resource once: what is listed first, then what the call's
    /// name is about (`RunInstances`: the instances), then the rest. A few more than may be are enough of them.
    pub fn resources(self, name: &str, service: Option<&str>) -> Vec<ResourceField<'a>> {
        let mut found = listed(self.listed);
        let first_derived = found.len();
        // What is named again and again is compared with what was found once: a record may name one thing sixty thousand times.
        let mut tried = HashSet::new();
        let call = Call::new(name, service);
        let sides = [
            (self.request, ResourceSource::RequestParameters),
            (self.response, ResourceSource::ResponseElements),
        ];
        for (json, source) in sides {
            let Some(json) = json else { continue };
            members::scan(json.get(), |member, value| {
                if found.len() > RESOURCES {
                    return;
                }
                let Some(resource) = named(call, member, value, source) else {
                    return;
                };
                let is_new = found.len() < FEW
                    || tried.insert((resource.kind.clone(), resource.name.clone()));
                if is_new {
                    add(&mut found, resource);
                }
            });
        }
        let derived = &mut found[first_derived..];
        if derived.len() > 1 {
            derived.sort_by_key(|one| !one.kind.as_deref().is_some_and(|kind| call.is_about(kind)));
        }
        found
    }
}

fn listed(touched: Option<Vec<Option<Object<Touched<'_>>>>>) -> Vec<ResourceField<'_>> {
    touched
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .map(|Object(one)| ResourceField {
            name: text(one.arn).or(text(one.arn_prefix)),
            kind: text(one.kind),
            source: ResourceSource::Resources,
        })
        .filter(|one| one.name.is_some() || one.kind.is_some())
        .collect()
}

/// The resource that a value under a member is the name of.
fn named<'a>(
    call: Call<'_>,
    member: Option<known::Member>,
    value: Value<'a>,
    source: ResourceSource,
) -> Option<ResourceField<'a>> {
    let is_arn = value.begins_with(arn::BEGIN);
    let kind = member.and_then(|member| call.kind_of(member));
    if !is_arn && kind.is_none() {
        return None;
    }
    let name = value.text().filter(|name| !matches!(&**name, "" | "*"))?;
    let by_member = kind.and_then(|kind| kind.of(&name));
    let kind = if is_arn {
        arn::is_whole(&name).then(|| arn::kind(&name).or(by_member))?
    } else {
        Some(by_member?)
    };
    Some(ResourceField {
        name: Some(name),
        kind: kind.map(Cow::Borrowed),
        source,
    })
}

/// Adds a resource unless it is there. One that is there by a part of its ARN gets the ARN, by which it is found either way.
fn add<'a>(found: &mut Vec<ResourceField<'a>>, new: ResourceField<'a>) {
    let Some(name) = new.name.as_deref() else {
        return;
    };
    for known in found.iter_mut() {
        let Some(known_name) = known.name.as_deref() else {
            continue;
        };
        let are_kinds_alike = known.kind.is_none() || new.kind.is_none() || known.kind == new.kind;
        if !are_kinds_alike {
            continue;
        }
        if is_named(known_name, name) {
            known.kind = known.kind.take().or(new.kind);
            return;
        }
        if is_named(name, known_name) {
            known.kind = new.kind.or(known.kind.take());
            if known.source != ResourceSource::Resources {
                known.name = new.name;
                known.source = new.source;
            }
            return;
        }
    }
    found.push(new);
}

/// Whether a resource of this name is found by the other one.
fn is_named(name: &str, other: &str) -> bool {
    let may_be = name.len() > other.len() && name.contains(other);
    name == other || (may_be && other_names(name).any(|one| one == other))
}

impl<'a> Value<'a> {
    /// What a string says, or a number's digits; `None` of a string that is no Unicode.
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Number(digits) => Some(Cow::Borrowed(digits)),
            Self::Text(quoted) if !quoted.contains('\\') => {
                Some(Cow::Borrowed(&quoted[1..quoted.len() - 1]))
            }
            Self::Text(quoted) => {
                let Text(text) = serde_json::from_str(quoted).ok()?;
                Some(text)
            }
        }
    }

    fn begins_with(self, begin: &str) -> bool {
        matches!(self, Self::Text(quoted) if quoted[1..].starts_with(begin))
    }
}

#[cfg(test)]
mod tests;
