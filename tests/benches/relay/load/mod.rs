//! The load, and the reading of what it cost the target.

mod before;
mod connection;
mod cpu;
mod first;
mod held;
mod role;

pub(crate) use self::role::{run, send};

use self::connection::Connection;
