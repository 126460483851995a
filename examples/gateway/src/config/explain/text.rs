//! An explanation in words.

use std::fmt::{self, Display, Formatter};

use super::{BackendShare, Decision, Explanation, RuleShown, Verdict};

/// How many of the matches that do not fit are shown.
const MAX_MISSED: usize = 20;

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let request = &self.request;
        write!(f, "{} {}", request.method, request.path)?;
        if !request.host.is_empty() {
            write!(f, " for {}", request.host)?;
        }
        writeln!(f, " on port {}", request.port)?;
        for tried in &self.listeners {
            let hostname = tried.hostname.as_deref().unwrap_or("any host");
            write!(
                f,
                "  listener {} {} ({hostname})",
                tried.gateway, tried.listener
            )?;
            writeln!(f, "{}", Said(&tried.verdict))?;
        }
        for policy in &self.before {
            writeln!(f, "    before a rule is chosen: asks {policy}")?;
        }
        if self.changes {
            let words =
                "that may change which rule it is; here it is that of the request as it came";
            writeln!(f, "    {words}")?;
        }
        let missed = |verdict: &Verdict| matches!(verdict, Verdict::Missed { .. });
        let (mut hidden, mut shown) = (0, 0);
        for candidate in &self.candidates {
            if missed(&candidate.verdict) {
                shown += 1;
                if shown > MAX_MISSED {
                    hidden += 1;
                    continue;
                }
            }
            write!(f, "    {} rule {}", candidate.route, candidate.rule)?;
            if let Some(name) = &candidate.name {
                write!(f, " ({name})")?;
            }
            writeln!(f, ": {}{}", candidate.asks, Said(&candidate.verdict))?;
        }
        if hidden > 0 {
            writeln!(f, "    and {hidden} that do not fit; -o json shows all")?;
        }
        write!(f, "{}", self.decision)
    }
}

struct Said<'a>(&'a Verdict);

impl Display for Said<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Verdict::Chosen => f.write_str(" <- chosen"),
            Verdict::Lost { because } => write!(f, "\n      loses: {because}"),
            Verdict::Missed { reasons } => write!(f, "\n      no: {}", reasons.join("; ")),
        }
    }
}

impl Display for Decision {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoListener { ports, .. } if ports.is_empty() => {
                writeln!(f, "=> nothing listens: no listener is valid")
            }
            Self::NoListener { listeners, .. } if !listeners.is_empty() => {
                let listeners = listeners.join(", ");
                writeln!(f, "=> no such listener on this port; there are {listeners}")
            }
            Self::NoListener { ports, .. } => {
                let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
                writeln!(
                    f,
                    "=> nothing listens there; there are ports {}",
                    ports.join(", ")
                )
            }
            Self::NoHostname => writeln!(f, "=> 404: no listener of the port serves this host"),
            Self::Preflight { asked } => {
                writeln!(f, "=> 204: the listener answers the preflight of {asked}")
            }
            Self::NoRule => writeln!(f, "=> 404: no rule takes it"),
            Self::Rule(rule) => write!(f, "{rule}"),
        }
    }
}

impl Display for RuleShown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "=> {} rule {}", self.route, self.rule)?;
        if let Some(name) = &self.name {
            write!(f, " ({name})")?;
        }
        f.write_str("\n")?;
        for filter in &self.filters {
            writeln!(f, "   {filter}")?;
        }
        for policy in &self.policies {
            writeln!(f, "   asks {policy}")?;
        }
        if let (Some(status), reason) = (self.status, self.reason.as_deref().unwrap_or_default()) {
            writeln!(f, "   the gateway answers {status}: {reason}")?;
        }
        for backend in &self.backends {
            write!(f, "{backend}")?;
        }
        if let Some(timeout) = &self.request_timeout {
            writeln!(f, "   the whole answer may take {}", limit(timeout))?;
        }
        if let Some(timeout) = &self.backend_request_timeout {
            writeln!(f, "   one attempt may take {}", limit(timeout))?;
        }
        Ok(())
    }
}

fn limit(timeout: &str) -> &str {
    if timeout == "0s" { "any time" } else { timeout }
}

impl Display for BackendShare {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let percent = self.share * 100.0;
        match (self.status, &self.protocol) {
            (Some(status), _) => writeln!(f, "   {percent:.1} %: {status}: {}", self.target)?,
            (None, protocol) => {
                let protocol = protocol.as_deref().unwrap_or_default();
                writeln!(f, "   {percent:.1} %: {} ({protocol})", self.target)?;
            }
        }
        for endpoint in &self.endpoints {
            writeln!(f, "     at {endpoint}")?;
        }
        for filter in &self.filters {
            writeln!(f, "     {filter}")?;
        }
        for policy in &self.policies {
            writeln!(f, "     asks {policy}")?;
        }
        if let Some(timeout) = &self.request_timeout {
            writeln!(
                f,
                "     one attempt may take {}, where the route does not say",
                limit(timeout)
            )?;
        }
        Ok(())
    }
}
