use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// What came and was not taken yet.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<u8>);

/// How a body ends.
pub(super) enum Framing {
    None,
    Length(usize),
    Chunked,
    Close,
}

/// A request, as an upstream got it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RawRequest {
    /// From the request line up to the empty line, as it came.
    pub head: String,
    /// The content, out of its chunks.
    pub body: Vec<u8>,
    /// False when the connection ended within the body.
    pub whole: bool,
}

impl RawRequest {
    /// The values of this field.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        values(&self.head, name)
    }
}

/// The values of this field in a head.
pub(super) fn values<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields
        .filter(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .collect()
}

/// How the body of a request ends.
pub(super) fn framing(head: &str) -> Framing {
    if values(head, "transfer-encoding")
        .iter()
        .any(|coding| coding.ends_with("chunked"))
    {
        return Framing::Chunked;
    }
    match values(head, "content-length").first() {
        Some(length) => Framing::Length(length.parse().expect("a length")),
        None => Framing::None,
    }
}

impl Buffer {
    /// Reads more; false at the end.
    pub(super) async fn fill(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<bool> {
        let mut piece = vec![0; 64 * 1024];
        let count = from.read(&mut piece).await?;
        self.0
            .extend_from_slice(piece.get(..count).unwrap_or_default());
        Ok(count > 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        self.0.drain(..count.min(self.0.len())).collect()
    }

    pub(super) fn take_all(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    pub(super) fn find(&self, what: &[u8]) -> Option<usize> {
        self.0.windows(what.len()).position(|window| window == what)
    }

    /// Up to and with the empty line. `None`: the connection ended before it.
    pub(super) async fn head(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Option<String> {
        loop {
            if let Some(end) = self.find(b"\r\n\r\n") {
                return Some(String::from_utf8_lossy(&self.take(end + 4)).into_owned());
            }
            if !matches!(self.fill(from).await, Ok(true)) {
                return None;
            }
        }
    }

    /// The body, and whether it was whole.
    pub(super) async fn body(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        framing: &Framing,
    ) -> (Vec<u8>, bool) {
        match framing {
            Framing::None => (Vec::new(), true),
            Framing::Length(length) => {
                while self.0.len() < *length {
                    if !matches!(self.fill(from).await, Ok(true)) {
                        return (self.take_all(), false);
                    }
                }
                (self.take(*length), true)
            }
            Framing::Chunked => self.chunks(from).await,
            Framing::Close => loop {
                match self.fill(from).await {
                    Ok(true) => {}
                    end => return (self.take_all(), end.is_ok()),
                }
            },
        }
    }

    async fn chunks(&mut self, from: &mut (impl AsyncRead + Unpin)) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        loop {
            let Some(line) = self.line(from).await else {
                return (body, false);
            };
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16).expect("the size of a chunk");
            if size == 0 {
                // Trailers, and the empty line.
                loop {
                    match self.line(from).await.as_deref() {
                        Some("") => return (body, true),
                        Some(_) => {}
                        None => return (body, false),
                    }
                }
            }
            while self.0.len() < size + 2 {
                if !matches!(self.fill(from).await, Ok(true)) {
                    body.extend(self.take(size));
                    return (body, false);
                }
            }
            body.extend(self.take(size));
            self.take(2);
        }
    }

    async fn line(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Option<String> {
        loop {
            if let Some(end) = self.find(b"\r\n") {
                let line = self.take(end + 2);
                return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if !matches!(self.fill(from).await, Ok(true)) {
                return None;
            }
        }
    }
}
