//! HTTP/2 by hand: frames (RFC 9113, 4.1), and fields without index or Huffman (RFC 7541, 6.2.2).

use super::*;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;

pub(super) const PROTOCOL_ERROR: u32 = 1;
pub(super) const CANCEL: u32 = 8;
pub(super) const ENHANCE_YOUR_CALM: u32 = 11;

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

pub(super) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for words in [name, value] {
            integer(&mut block, words.len());
            block.extend(words.as_bytes());
        }
    }
    block
}

/// An integer with a prefix of 7 bits (RFC 7541, 5.1).
fn integer(block: &mut Vec<u8>, mut value: usize) {
    if value < 127 {
        block.push(u8::try_from(value).unwrap());
        return;
    }
    block.push(127);
    value -= 127;
    while value >= 128 {
        block.push(u8::try_from(value % 128).unwrap() | 128);
        value /= 128;
    }
    block.push(u8::try_from(value).unwrap());
}

/// The fields of a plain request.
pub(super) fn fields(path: &str) -> Vec<(&'static str, &str)> {
    vec![
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "x"),
    ]
}

pub(super) fn headers(stream: u32, flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, &block(fields))
}

pub(super) fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())
}

/// A frame that the server sent.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Received {
    /// The error of a GOAWAY or an RST_STREAM.
    pub(super) fn error(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

/// A client that writes frames.
pub(super) struct Raw {
    pub(super) stream: TcpStream,
}

impl Raw {
    pub(super) async fn connect(addr: SocketAddr) -> Self {
        Self::with_settings(addr, &[]).await
    }

    pub(super) async fn with_settings(addr: SocketAddr, settings: &[(u16, u32)]) -> Self {
        let mut raw = Self {
            stream: TcpStream::connect(addr).await.unwrap(),
        };
        let payload: Vec<u8> = settings
            .iter()
            .flat_map(|(id, value)| [id.to_be_bytes().to_vec(), value.to_be_bytes().to_vec()])
            .flatten()
            .collect();
        raw.send(PREFACE).await;
        raw.send(frame(SETTINGS, 0, 0, &payload)).await;
        raw
    }

    /// A server that has closed takes no more; what it said is read later.
    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        timeout(SOON, self.stream.write_all(bytes.as_ref()))
            .await
            .is_ok_and(|sent| sent.is_ok())
    }

    /// `None` when the server has closed.
    pub(super) async fn next(&mut self) -> Option<Received> {
        let mut head = [0; 9];
        let read = timeout(SOON, self.stream.read_exact(&mut head)).await;
        read.expect("the server says something, or closes").ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        timeout(SOON, self.stream.read_exact(&mut payload))
            .await
            .unwrap()
            .ok()?;
        Some(Received {
            kind: head[3],
            flags: head[4],
            stream: u32::from_be_bytes(head[5..9].try_into().unwrap()),
            payload,
        })
    }

    /// The next frame of this kind.
    pub(super) async fn find(&mut self, kind: u8) -> Option<Received> {
        loop {
            let frame = self.next().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }
}
