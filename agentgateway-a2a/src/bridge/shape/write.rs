use agentgateway_core::json::{Raw, quote};

/// An object that is being written to the end of a text.
///
/// The caller writes each value to [`out`](Self::name) behind its name, and vouches that it is JSON.
pub(super) struct Object<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> Object<'o> {
    pub(super) fn open(out: &'o mut String) -> Self {
        out.push('{');
        Self {
            out,
            is_empty: true,
        }
    }

    /// Writes a name; its value goes to the text that is returned.
    pub(super) fn name(&mut self, name: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        self.out.push_str(&quote(name));
        self.out.push(':');
        self.out
    }

    /// Writes a member whose value is JSON.
    pub(super) fn json(&mut self, name: &str, value: &str) {
        self.name(name).push_str(value);
    }

    /// Writes a member as it was read.
    pub(super) fn raw(&mut self, name: &str, value: Raw<'_>) {
        self.json(name, value.get());
    }

    /// Writes a member whose value is a string.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.json(name, &quote(value));
    }

    /// Writes an object of one member whose value is JSON.
    pub(super) fn open_with(name: &str, value: &str, out: &'o mut String) {
        let mut object = Self::open(out);
        object.json(name, value);
        object.close();
    }

    pub(super) fn close(self) {
        self.out.push('}');
    }
}
