//! Where variables have been put in, and what that means for faults that are found there later.

use std::collections::BTreeSet;

use crate::config::Problem;
use crate::config::yaml::Position;

/// A file and a position in it.
type At = (String, Position);

/// Values of which the faults need other words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::config) struct Places {
    /// They hold variables that could not be put in, which has been told.
    failed: BTreeSet<At>,
    /// They are no strings any more, though they may stand in quotes.
    reread: BTreeSet<At>,
}

impl Places {
    /// A value that stays as it was.
    pub(in crate::config::flux) fn fail(&mut self, file: &str, at: Position) {
        self.failed.insert((file.to_owned(), at));
    }

    /// A value that has become something else than a string.
    pub(super) fn reread(&mut self, file: &str, at: Position) {
        self.reread.insert((file.to_owned(), at));
    }

    /// Takes out what comes of variables that could not be put in, and does not advise to write in
    /// quotes what may stand in them.
    pub(in crate::config) fn settle(&self, problems: &mut Vec<Problem>) {
        let place = |problem: &Problem| problem.at.map(|at| (problem.file.clone(), at));
        problems.retain(|problem| place(problem).is_none_or(|at| !self.failed.contains(&at)));
        for problem in problems {
            if problem.hint.is_some() && place(problem).is_some_and(|at| self.reread.contains(&at))
            {
                let hint = "the value of a variable is read anew, whatever quotes stand around it \
                            here: where text is wanted, write the quotes into the value";
                problem.hint = Some(hint.to_owned());
            }
        }
    }
}
