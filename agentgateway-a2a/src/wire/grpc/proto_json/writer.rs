use agentgateway_core::json::quote;
use bytes::Bytes;

/// Writes JSON, piece by piece.
#[derive(Debug, Default)]
pub(in crate::wire::grpc) struct Writer(String);

// === impl Writer ===

impl Writer {
    /// Opens an object or an array.
    pub(in crate::wire::grpc) fn open(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// Closes it.
    pub(in crate::wire::grpc) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// A name that needs no escapes, before its value.
    pub(in crate::wire::grpc) fn name(&mut self, name: &'static str) {
        self.comma();
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// Any name, before its value.
    pub(super) fn key(&mut self, key: &str) {
        self.comma();
        self.string(key);
        self.0.push(':');
    }

    /// What an element of an array starts with.
    pub(super) fn comma(&mut self) {
        // A value ends with a quote, a digit, a letter or a closing bracket, never with an opening one.
        if !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
    }

    pub(super) fn string(&mut self, text: &str) {
        self.0.push_str(&quote(text));
    }

    /// A value that is JSON already, or a part of one.
    pub(super) fn raw(&mut self, json: &str) {
        self.0.push_str(json);
    }

    /// A string of characters that need no escapes.
    pub(super) fn plain_string(&mut self, append: impl FnOnce(&mut String)) {
        self.0.push('"');
        append(&mut self.0);
        self.0.push('"');
    }

    pub(in crate::wire::grpc) fn finish(self) -> Bytes {
        Bytes::from(self.0)
    }

    pub(in crate::wire::grpc) fn into_string(self) -> String {
        self.0
    }
}
