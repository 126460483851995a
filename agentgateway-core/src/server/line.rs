/// The longest beginning of a line that is of interest: a field's name and a number.
pub(super) const KEPT: usize = 48;

/// A line that came in pieces: its beginning and its last byte.
#[derive(Debug)]
pub(super) struct SplitLine {
    kept: [u8; KEPT],
    len: usize,
    last: Option<u8>,
}

impl SplitLine {
    pub(super) const fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// Takes a piece, without the LF.
    pub(super) fn keep(&mut self, piece: &[u8]) {
        let Some(last) = piece.last() else { return };
        self.last = Some(*last);
        let room = self.kept.get_mut(self.len..).unwrap_or_default();
        let taken = room.len().min(piece.len());
        for (into, byte) in room.iter_mut().zip(piece) {
            *into = *byte;
        }
        self.len += taken;
    }

    /// The line without its CR, perhaps cut; `None` when it has none.
    pub(super) fn line(&self) -> Option<&[u8]> {
        let kept = self.kept.get(..self.len).unwrap_or_default();
        (self.last == Some(b'\r')).then(|| kept.strip_suffix(b"\r").unwrap_or(kept))
    }
}

impl Default for SplitLine {
    fn default() -> Self {
        Self {
            kept: [0; KEPT],
            len: 0,
            last: None,
        }
    }
}
