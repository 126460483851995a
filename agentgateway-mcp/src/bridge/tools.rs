use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use agentgateway_core::json::{self, Raw};
use bytes::Bytes;

use crate::{bridge::edit, wire::ParamHeaders};

/// Which tools of the server want arguments in headers, as far as its lists have told.
#[derive(Debug)]
pub(crate) struct Tools {
    known: Mutex<HashMap<Box<str>, Arc<ParamHeaders>>>,
    max: usize,
}

impl Tools {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            known: Mutex::default(),
            max,
        }
    }

    pub(crate) fn get(&self, tool: &str) -> Option<Arc<ParamHeaders>> {
        self.lock().get(tool).cloned()
    }

    /// Remembers what a tool of a list says; false when it breaks a rule, and is not to be called.
    pub(crate) fn learn(&self, tool: Raw<'_>) -> bool {
        let Ok([name, schema]) = json::members_of(tool, ["name", "inputSchema"]) else {
            return true;
        };
        let (Some(name), Some(schema)) = (name.and_then(json::string), schema) else {
            return true;
        };
        let params = match ParamHeaders::of(schema) {
            Ok(params) => params,
            Err(reason) => {
                tracing::warn!(tool = %name, reason, "a tool is left out of the server's list");
                return false;
            }
        };
        let mut known = self.lock();
        if params.is_empty() {
            known.remove(&*name);
            return true;
        }
        if known.len() >= self.max && !known.contains_key(&*name) {
            known.clear();
        }
        known.insert((*name).into(), Arc::new(params));
        true
    }

    /// Remembers what a list's result says; true when this tool is in it.
    pub(crate) fn learn_all(&self, list: &Bytes, tool: &str) -> bool {
        let tools = edit::member(list, "tools").unwrap_or_default();
        let mut found = false;
        if let Ok(tools) = Raw::parse(&tools) {
            let _ = json::elements(tools, |one| {
                self.learn(one);
                let name = json::members_of(one, ["name"]).ok();
                let name = name.and_then(|[name]| json::string(name?));
                found |= name.as_deref() == Some(tool);
            });
        }
        found
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<ParamHeaders>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
