use std::time::Duration;

/// When a change is looked for, and when it is taken for whole.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until a reloader has it"]
pub struct Watch {
    pub(in crate::reload) quiet: Duration,
    pub(in crate::reload) unrest: Duration,
    pub(in crate::reload) unfinished: Duration,
    pub(in crate::reload) poll: Duration,
    pub(in crate::reload) poll_alone: Duration,
    pub(in crate::reload) told: bool,
}

impl Watch {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            quiet: Duration::from_millis(200),
            unrest: Duration::from_secs(2),
            unfinished: Duration::from_secs(10),
            poll: Duration::from_secs(30),
            poll_alone: Duration::from_secs(2),
            told: true,
        }
    }

    /// How long nothing may change before a change is read. Default: 200 ms.
    pub const fn quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self
    }

    /// How long that is waited for at most, while no file is being written. Default: 2 s.
    pub const fn unrest(mut self, limit: Duration) -> Self {
        self.unrest = limit;
        self
    }

    /// How long a file that is written to may stay open: what is on disk is refused then, and looked
    /// at when the file has been closed. Default: 10 s.
    pub const fn unfinished(mut self, limit: Duration) -> Self {
        self.unfinished = limit;
        self
    }

    /// How often the content is looked at all the same: a file system of a network tells of nothing
    /// that another machine did. Default: 30 s.
    pub const fn poll(mut self, interval: Duration) -> Self {
        self.poll = interval;
        self
    }

    /// How often it is looked at where the system does not tell of changes, such as at its limit of
    /// watches. A change that nobody told of counts when two looks so far apart have seen the same.
    /// Default: 2 s.
    pub const fn poll_alone(mut self, interval: Duration) -> Self {
        self.poll_alone = interval;
        self
    }

    /// Whether the system is asked to tell of changes. Default: yes.
    pub const fn told(mut self, told: bool) -> Self {
        self.told = told;
        self
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}
