//! Just enough of WebSocket (RFC 6455) to send two frames and get them back.

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{body::Incoming, upgrade};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The example of RFC 6455, section 1.3: a nonce with its answer.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A frame of text, and one of bytes.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;

/// Accepts a WebSocket and sends back what comes.
pub(crate) fn echo(mut request: Request<Incoming>) -> Response<()> {
    let asked = upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = asked.await else { return };
        let mut socket = TokioIo::new(upgraded);
        while let Ok((kind, payload)) = read(&mut socket).await {
            if write(&mut socket, kind, &payload, None).await.is_err() {
                break;
            }
        }
    });
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    let accept = HeaderValue::from_static(ACCEPT);
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// Reads one short frame.
pub(crate) async fn read(
    socket: &mut (impl AsyncReadExt + Unpin),
) -> std::io::Result<(u8, Vec<u8>)> {
    let (kind, length) = (socket.read_u8().await?, socket.read_u8().await?);
    let mut mask = [0; 4];
    if length & 0x80 != 0 {
        socket.read_exact(&mut mask).await?;
    }
    let mut payload = vec![0; usize::from(length & 0x7f)];
    socket.read_exact(&mut payload).await?;
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    Ok((kind, payload))
}

/// Writes one frame of at most 125 bytes, masked as a client must.
pub(crate) async fn write(
    socket: &mut (impl AsyncWriteExt + Unpin),
    kind: u8,
    payload: &[u8],
    mask: Option<[u8; 4]>,
) -> std::io::Result<()> {
    let length = u8::try_from(payload.len()).unwrap();
    let mut frame = vec![kind, length | if mask.is_some() { 0x80 } else { 0 }];
    let key = mask.unwrap_or_default();
    frame.extend(mask.iter().flatten());
    frame.extend(
        payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    socket.write_all(&frame).await?;
    socket.flush().await
}
