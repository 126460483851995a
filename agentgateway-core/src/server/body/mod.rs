//! What a request's body is on the way in, and an answer's on the way out.

mod progress;
mod request;
mod response;

pub use self::request::RequestBody;
pub(super) use self::response::ResponseBody;
