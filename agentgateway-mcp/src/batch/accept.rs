use http::{HeaderMap, header};

/// In which forms a client takes answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepts {
    pub(super) json: bool,
    pub(super) events: bool,
}

impl Accepts {
    /// What the head says. A client that says nothing takes all.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if !headers.contains_key(header::ACCEPT) {
            return Self {
                json: true,
                events: true,
            };
        }
        let takes = |wanted: [&str; 3]| {
            ranges(headers).any(|range| wanted.iter().any(|it| range.eq_ignore_ascii_case(it)))
        };
        Self {
            json: takes(["application/json", "application/*", "*/*"]),
            events: takes(["text/event-stream", "text/*", "*/*"]),
        }
    }
}

/// The media ranges without their parameters.
fn ranges(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_client_takes() {
        for (accept, json, events) in [
            ("application/json, text/event-stream", true, true),
            ("application/json;q=0.9", true, false),
            ("Text/Event-Stream", false, true),
            ("*/*", true, true),
            ("image/png", false, false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(Accepts::of(&headers), Accepts { json, events }, "{accept}");
        }
        assert!(Accepts::of(&HeaderMap::new()).events);
    }
}
