use std::collections::VecDeque;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Types of frames: RFC 9113, section 6.
pub(super) mod kind {
    pub(in super::super) const DATA: u8 = 0;
    pub(in super::super) const HEADERS: u8 = 1;
    pub(in super::super) const RST_STREAM: u8 = 3;
    pub(in super::super) const SETTINGS: u8 = 4;
    pub(in super::super) const PING: u8 = 6;
    pub(in super::super) const GOAWAY: u8 = 7;
    pub(in super::super) const WINDOW_UPDATE: u8 = 8;
}

/// Error codes: RFC 9113, section 7.
pub(super) mod reason {
    pub(in super::super) const NO_ERROR: u32 = 0;
    pub(in super::super) const INTERNAL_ERROR: u32 = 2;
    pub(in super::super) const REFUSED_STREAM: u32 = 7;
    pub(in super::super) const CANCEL: u32 = 8;
    pub(in super::super) const ENHANCE_YOUR_CALM: u32 = 11;
}

pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    pub(super) fn ends(&self) -> bool {
        self.flags & END_STREAM != 0
    }

    pub(super) fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

/// A server that says only what it is told to, and acknowledges SETTINGS.
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    passed: VecDeque<Frame>,
    pub(super) answers_pings: bool,
}

impl Peer {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            passed: VecDeque::new(),
            answers_pings: true,
        }
    }

    pub(super) async fn preface(&mut self) {
        let mut preface = [0; 24];
        self.stream.read_exact(&mut preface).await.unwrap();
        assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    }

    pub(super) async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.stream.write_all(&frame).await.unwrap();
    }

    pub(super) async fn settings(&mut self, settings: &[(u16, u32)]) {
        let payload: Vec<u8> = settings
            .iter()
            .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        self.send(kind::SETTINGS, 0, 0, &payload).await;
    }

    pub(super) async fn go_away(&mut self, last: u32, reason: u32) {
        let payload = [last.to_be_bytes(), reason.to_be_bytes()].concat();
        self.send(kind::GOAWAY, 0, 0, &payload).await;
    }

    pub(super) async fn reset(&mut self, stream: u32, reason: u32) {
        self.send(kind::RST_STREAM, 0, stream, &reason.to_be_bytes())
            .await;
    }

    /// `:status: 200`, by HPACK's static table.
    pub(super) async fn head(&mut self, stream: u32, flags: u8) {
        self.send(kind::HEADERS, END_HEADERS | flags, stream, &[0x88])
            .await;
    }

    pub(super) async fn data(&mut self, stream: u32, flags: u8, bytes: &[u8]) {
        self.send(kind::DATA, flags, stream, bytes).await;
    }

    pub(super) async fn trailers(&mut self, stream: u32, fields: &[(String, &str)]) {
        let mut block = Vec::new();
        for (name, value) in fields {
            // A literal that is not indexed, with a new name.
            block.push(0);
            for text in [name.as_str(), value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend(text.as_bytes());
            }
        }
        self.send(kind::HEADERS, END_HEADERS | END_STREAM, stream, &block)
            .await;
    }

    /// One field of 160 bytes, told once and then repeated by a byte each.
    pub(super) async fn repeated_trailer(&mut self, stream: u32, times: usize) {
        let mut block = vec![0x40, 8];
        block.extend(b"x-repeat");
        block.push(120);
        block.extend([b'v'; 120]);
        // The first entry of the dynamic table.
        block.extend(vec![0xbe; times]);
        self.send(kind::HEADERS, END_HEADERS | END_STREAM, stream, &block)
            .await;
    }

    /// The next frame, SETTINGS and PING answered. None when the client has closed.
    pub(super) async fn read(&mut self) -> Option<Frame> {
        let mut header = [0; 9];
        self.stream.read_exact(&mut header).await.ok()?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut payload).await.ok()?;
        let frame = Frame {
            kind: header[3],
            flags: header[4],
            stream: u32::from_be_bytes(header[5..].try_into().unwrap()) & 0x7fff_ffff,
            payload,
        };
        if frame.flags & ACK == 0 {
            match frame.kind {
                kind::SETTINGS => self.send(kind::SETTINGS, ACK, 0, &[]).await,
                kind::PING if self.answers_pings => {
                    self.send(kind::PING, ACK, 0, &frame.payload).await;
                }
                _ => {}
            }
        }
        Some(frame)
    }

    /// The next frame of this type. Others are kept for whoever asks for them.
    pub(super) async fn next_of(&mut self, kind: u8) -> Frame {
        if let Some(at) = self.passed.iter().position(|frame| frame.kind == kind) {
            return self.passed.remove(at).unwrap();
        }
        loop {
            let frame = self.read().await.expect("the connection is open");
            if frame.kind == kind {
                return frame;
            }
            self.passed.push_back(frame);
        }
    }

    pub(super) async fn closed(&mut self) {
        while self.read().await.is_some() {}
    }
}
