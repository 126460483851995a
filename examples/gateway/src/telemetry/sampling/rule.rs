use crate::expression::{Expression, Facts};

/// A rule, in words, and who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Described {
    /// What it says.
    pub text: String,
    /// Who says so.
    pub origin: String,
}

/// A share of traces.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    /// The same for every request.
    Share(f64),
    /// Worked out of the request.
    Asked(Expression),
}

impl Rule {
    /// The rule of a policy.
    pub(crate) fn of(expression: &Expression) -> Self {
        let constant = expression.constant().is_some();
        let share = constant.then(|| expression.evaluate_ratio(&Facts::none()));
        match share {
            Some(Ok(share)) => Self::Share(share),
            _ => Self::Asked(expression.clone()),
        }
    }

    /// The share for this request. `Err`: there is none, which counts as 0.
    pub(crate) fn share(&self, facts: &Facts<'_>) -> Result<f64, ()> {
        match self {
            Self::Share(share) => Ok(*share),
            Self::Asked(expression) => expression.evaluate_ratio(facts).map_err(|_| ()),
        }
    }
}

/// Whether this trace is among the share.
///
/// # Source
/// OpenTelemetry, tracing SDK, TraceIdRatioBased: a function of the trace id alone. As the Rust SDK
/// reads it: the 63 high bits of the lower half.
pub(super) fn takes(share: f64, trace_id: u128) -> bool {
    if share >= 1.0 {
        return true;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the share is from 0 to 1; the lower half of an id is its lower half"
    )]
    let (bound, id) = (
        (share.max(0.0) * (1u64 << 63) as f64) as u64,
        (trace_id as u64) >> 1,
    );
    id < bound
}
