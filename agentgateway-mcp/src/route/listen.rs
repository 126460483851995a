use agentgateway_core::{Body, Error, jsonrpc::RpcId};
use bytes::Bytes;
use http::{Request, Response};

use super::{hub::Hub, reply};

impl Hub {
    pub(super) async fn listen(
        &self,
        _: &Request<Bytes>,
        id: &RpcId,
    ) -> Result<Response<Body>, Error> {
        Ok(reply::no_method(id, "subscriptions/listen"))
    }
}
