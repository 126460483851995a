//! Where an object stands.

use std::fmt;
use std::sync::Arc;

use super::field;
use crate::config::Problem;
use crate::config::yaml::{Document, Node, Position, Value};

/// The file and document of an object, with the tree that knows the position of each field.
///
/// Its `Debug` shows no value, since the object may be a Secret. Clones share the tree.
#[derive(Clone)]
pub struct Place {
    file: Arc<str>,
    document: usize,
    root: Arc<Node>,
}

impl Place {
    /// The place of what this document holds.
    #[must_use]
    pub fn new(document: &Document) -> Self {
        Self::of(&document.file, document.number, document.root.clone())
    }

    /// The place of one of several objects of a document.
    pub(super) fn of(file: &str, document: usize, root: Node) -> Self {
        Self {
            file: file.into(),
            document,
            root: Arc::new(root),
        }
    }

    /// The place of an object that no file holds.
    pub(super) fn nowhere() -> Self {
        let root = Node {
            value: Value::Null,
            at: Position::default(),
        };
        Self::of("", 0, root)
    }

    /// The file's name; empty for an object that is implied by others.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Which document of the file, counted from 1; 0 for an object that is implied by others.
    #[must_use]
    pub fn document(&self) -> usize {
        self.document
    }

    /// All that the document says of the object.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Where a field begins, named as in `spec.listeners[0].port`; where it is not written, the
    /// position of what it would stand in.
    #[must_use]
    pub fn at(&self, path: &str) -> Position {
        let found = field::nearest(&self.root, path);
        match found.entry {
            Some(entry) if found.whole => entry.node.at,
            Some(entry) => entry.at,
            None => found.node.at,
        }
    }

    /// Whether the document gives the field.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let found = field::nearest(&self.root, path);
        found.whole && !found.node.is_null()
    }

    /// A problem of a field of the object of this name.
    #[must_use]
    pub fn problem(&self, object: &str, path: &str, message: impl Into<String>) -> Problem {
        let mut problem = Problem::of_file(&*self.file, message);
        problem.document = self.document;
        object.clone_into(&mut problem.object);
        path.clone_into(&mut problem.path);
        if self.document > 0 {
            problem = problem.at(self.at(path));
        }
        problem
    }
}

/// Two places are equal when their files and positions are.
impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("file", &self.file)
            .field("document", &self.document)
            .field("at", &self.root.at)
            .finish_non_exhaustive()
    }
}

impl Place {
    /// By which objects are sorted: those of files first to last.
    pub(super) fn order(&self) -> (&str, usize, Position) {
        (&self.file, self.document, self.root.at)
    }
}
