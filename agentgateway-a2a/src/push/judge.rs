//! What a request says of push notifications.

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked,
    egress::Guard,
    jsonrpc::{RpcId, code},
    policy::tell_refused,
};
use bytes::Bytes;
use http::{Extensions, Method, Request, Response};
use http_body::Body as HttpBody;

use crate::{
    A2aCall, A2aOperation,
    bridge::{Fault, LossReport, Speech, write_answer},
};

/// What refusals are told by.
const NAME: &str = "push";

/// What becomes of a request.
pub(super) enum Judged {
    /// It names no URL.
    Passes,
    /// It names one that is allowed.
    Names,
    /// It is answered so.
    Answered(Result<Response<Body>, Error>),
}

pub(super) fn judge<B>(guard: &Guard, request: &Request<Peeked<B>>, unread: bool) -> Judged
where
    B: HttpBody<Data = Bytes>,
{
    let extensions = request.extensions();
    let Some(call) = extensions.get::<A2aCall>() else {
        return match *request.method() == Method::POST && !unread {
            true => Judged::Answered(Err(not_a_call(extensions))),
            false => Judged::Passes,
        };
    };
    if !may_name_url(call.operation()) {
        return Judged::Passes;
    }
    if request.body().whole().is_none() && !unread {
        let words = "the body of this call was not read, so nobody can see where it wants push \
                     notifications; send it as application/json";
        return Judged::Answered(refused(call, words, extensions));
    }
    let Some(url) = call.push_url() else {
        return match call.operation() {
            A2aOperation::Unknown(_) if !unread => {
                let words = "this method is not known here, and its name says that it is about push \
                             notifications; use CreateTaskPushNotificationConfig";
                Judged::Answered(refused(call, words, extensions))
            }
            _ => Judged::Passes,
        };
    };
    match guard.check(url) {
        Ok(_) => Judged::Names,
        Err(error) => {
            let words = format!(
                "push notifications cannot be sent there: {}",
                error.message()
            );
            Judged::Answered(refused(call, &words, extensions))
        }
    }
}

/// Calls of agents before 0.3 had other names for setting a URL.
fn may_name_url(operation: &A2aOperation) -> bool {
    match operation {
        A2aOperation::SendMessage
        | A2aOperation::SendStreamingMessage
        | A2aOperation::CreateTaskPushNotificationConfig => true,
        A2aOperation::Unknown(name) => name.to_ascii_lowercase().contains("pushnotification"),
        _ => false,
    }
}

/// The answer that refuses a call for what its parameters say.
pub(super) fn refused(
    call: &A2aCall,
    words: &str,
    extensions: &Extensions,
) -> Result<Response<Body>, Error> {
    let error = Error::new(ErrorKind::InvalidRequest, words.to_owned());
    tell_refused(NAME, call.task_id(), &error, extensions);
    let speech = Speech::new(call.binding(), call.version());
    let id = call.id().cloned().unwrap_or_else(RpcId::null);
    let fault = Fault::new(code::INVALID_PARAMS, words);
    let mut loss = LossReport::default();
    write_answer(speech, call.operation(), Err(fault), &id, &mut loss)
}

fn not_a_call(extensions: &Extensions) -> Error {
    let words =
        "this is no call of A2A that can be read here; send JSON, and say so in content-type";
    let error = Error::new(ErrorKind::UnsupportedMediaType, words);
    tell_refused(NAME, None, &error, extensions);
    error
}
