use std::fmt;

/// Bodies that are read whole before they go on.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Buffering {
    /// Of requests.
    pub request: Option<Held>,
    /// Of answers.
    pub response: Option<Held>,
}

/// How much is read of a body.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Held {
    /// So many bytes at most; `None` for what the listener reads at most, else 2 MiB.
    pub max_bytes: Option<usize>,
    /// A longer one goes on as it comes, in the place of being refused.
    pub passes_longer: bool,
}

impl fmt::Display for Buffering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |what: &str, held: Held| {
            let limit = held
                .max_bytes
                .map(|bytes| format!(" of up to {bytes} bytes"));
            let longer = match held.passes_longer {
                true => "passes",
                false => "refuses",
            };
            format!(
                "{what}{} whole, and {longer} longer ones",
                limit.unwrap_or_default()
            )
        };
        let said = [
            self.request.map(|held| of("requests", held)),
            self.response.map(|held| of("answers", held)),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        write!(f, "reads {}", said.join("; "))
    }
}
