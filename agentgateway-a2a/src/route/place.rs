use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::wire::{A2aOperation, route};

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// To the agent of this name; so many bytes of the path stand before what is the agent's.
    Agent(String, usize),
    /// Behind so many bytes, to what all agents share.
    Root(usize),
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It climbs: a router behind could read another path than was judged here.
    Climbs,
    /// Nothing is named behind the prefix.
    Nameless,
}

/// Where a path leads: `{base}{prefix}/{name}` to an agent, all else to the root.
///
/// Segments are decoded, once, before they are compared. `base` may be missing, where a router took it off.
pub(crate) fn place(path: &str, base: &str, prefix: &str) -> Result<Place, Stop> {
    if climbs(path) {
        return Err(Stop::Climbs);
    }
    let base = taken(path, base).unwrap_or_default();
    let rest = path.get(base..).unwrap_or_default();
    let Some(taken) = taken(rest, prefix) else {
        return Ok(Place::Root(base));
    };
    let behind = rest.get(taken..).and_then(|rest| rest.strip_prefix('/'));
    let name = behind.and_then(|rest| rest.split('/').next());
    match name.filter(|name| !name.is_empty()) {
        Some(name) => {
            let end = base + taken + 1 + name.len();
            Ok(Place::Agent(decoded(name).into_owned(), end))
        }
        None => Err(Stop::Nameless),
    }
}

/// How many bytes of a path this prefix takes, if the path has it: whole segments.
fn taken(path: &str, prefix: &str) -> Option<usize> {
    let mut taken = 0;
    for segment in prefix.split('/').skip(1) {
        let rest = path.get(taken..)?.strip_prefix('/')?;
        let own = rest.split('/').next()?;
        if decoded(own) != segment {
            return None;
        }
        taken += 1 + own.len();
    }
    Some(taken)
}

fn climbs(path: &str) -> bool {
    let path = decoded(path);
    path.split(['/', '\\'])
        .any(|segment| matches!(segment, "." | ".."))
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// What stands before the route of an HTTP+JSON path, as one tenant: `/planner/acme/tasks` says `planner/acme`.
///
/// `None` for a path that is no route of this operation; empty where nothing stands there.
pub(crate) fn before_route(
    method: &Method,
    path: &str,
    operation: &A2aOperation,
) -> Option<String> {
    let route = route(method, path).filter(|route| route.operation == *operation)?;
    let empty = route.prefix.len() == 1 && route.prefix.iter().all(|segment| segment.is_empty());
    match empty {
        true => Some(String::new()),
        false => Some(route.prefix.join("/")),
    }
}
