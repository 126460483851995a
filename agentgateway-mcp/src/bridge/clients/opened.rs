use std::{collections::HashMap, fmt, sync::Mutex, time::SystemTime};

use super::{live::lock, session::Session};

/// Sessions whose ids were opened lately: a client sends its id with each request, and to open it costs more
/// than what is done otherwise for a call.
#[derive(Default)]
pub(super) struct Opened(Mutex<HashMap<Box<str>, Entry>>);

struct Entry {
    caller: Box<str>,
    session: Session,
    expires: SystemTime,
}

/// How many are kept; over it, all are forgotten and opened anew.
const MAX: usize = 1024;

impl Opened {
    /// The session of this id, where it was opened for this caller and has not expired.
    pub(super) fn get(&self, id: &str, caller: &str, now: SystemTime) -> Option<Session> {
        let opened = lock(&self.0);
        let entry = opened.get(id)?;
        (*entry.caller == *caller && entry.expires > now).then(|| entry.session.clone())
    }

    /// Keeps what was opened for this caller.
    pub(super) fn keep(&self, id: &str, caller: &str, (session, expires): (Session, SystemTime)) {
        let mut opened = lock(&self.0);
        if opened.len() >= MAX {
            opened.clear();
        }
        let entry = Entry {
            caller: caller.into(),
            session,
            expires,
        };
        opened.insert(id.into(), entry);
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").finish_non_exhaustive()
    }
}
