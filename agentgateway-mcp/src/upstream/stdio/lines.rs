use bytes::{Bytes, BytesMut};
use memchr::memchr;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How much is read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// Cuts what is read into lines.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    buffer: BytesMut,
    /// How much of the buffer has been searched.
    searched: usize,
    max_bytes: usize,
}

/// Why there is no line.
#[derive(Debug)]
pub(super) enum NoLine {
    End,
    TooLong,
    Failed,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(input: R, max_bytes: usize) -> Self {
        Self {
            input,
            buffer: BytesMut::new(),
            searched: 0,
            max_bytes,
        }
    }

    /// The next line, without its end. A last line that has none is none: it may be half of one.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Bytes, NoLine> {
        loop {
            let unseen = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(at) = memchr(b'\n', unseen) {
                let length = self.searched + at;
                if length > self.max_bytes {
                    return Err(NoLine::TooLong);
                }
                let mut line = self.buffer.split_to(length + 1);
                line.truncate(length);
                self.searched = 0;
                return Ok(line.freeze());
            }
            self.searched = self.buffer.len();
            if self.searched > self.max_bytes {
                return Err(NoLine::TooLong);
            }
            self.buffer.reserve(CHUNK_BYTES);
            match self.input.read_buf(&mut self.buffer).await {
                Ok(0) => return Err(NoLine::End),
                Ok(_) => {}
                Err(_) => return Err(NoLine::Failed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio_test::io::Builder;

    use super::*;

    fn cut(chunks: &[&[u8]], max_bytes: usize) -> (Vec<Bytes>, NoLine) {
        let mut input = Builder::new();
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            input.read(chunk);
        }
        let mut lines = Lines::new(input.build(), max_bytes);
        let mut all = Vec::new();
        tokio_test::block_on(async {
            loop {
                match lines.next().await {
                    Ok(line) => all.push(line),
                    Err(none) => return (all, none),
                }
            }
        })
    }

    #[test]
    fn a_line_without_its_end_is_none() {
        let (lines, end) = cut(&[b"one\n\ntwo\nthr", b"ee"], 8);
        assert_eq!(lines, ["one", "", "two"]);
        assert!(matches!(end, NoLine::End));
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
        assert_eq!(cut(&[b"1234\n"], 4).0, ["1234"]);
        let (lines, end) = cut(&[b"1234\n12345\n"], 4);
        assert_eq!(lines, ["1234"]);
        assert!(matches!(end, NoLine::TooLong));
        let (lines, end) = cut(&[b"123", b"45"], 4);
        assert!(lines.is_empty() && matches!(end, NoLine::TooLong));
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_lines_are_the_same(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200),
            cuts in proptest::collection::vec(0_usize..200, 0..8),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().filter(|at| *at < text.len()).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            let mut expected: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            expected.pop();
            prop_assert_eq!(cut(&chunks, 1000).0, expected);
        }
    }
}
