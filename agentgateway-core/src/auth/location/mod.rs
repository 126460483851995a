mod cookie;
mod header;
mod place;
mod query;

pub use self::place::Location;
