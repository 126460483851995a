/// What `OTEL_TRACES_SAMPLER` can say.
///
/// # Source
/// OpenTelemetry, general SDK configuration, known values of `OTEL_TRACES_SAMPLER`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EnvironmentSampler {
    name: &'static str,
    /// The share of roots, and of all where the parent is not looked at.
    pub(super) share: f64,
    /// Requests with a trace follow it.
    pub(super) parent_based: bool,
}

impl EnvironmentSampler {
    /// Every name.
    pub(crate) const NAMES: [&'static str; 6] = [
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ];

    /// The sampler of this name; `share` counts for those that take one.
    pub(crate) fn named(name: &str, share: f64) -> Option<Self> {
        let name = Self::NAMES.into_iter().find(|known| *known == name)?;
        let parent_based = name.starts_with("parentbased_");
        let share = match name.trim_start_matches("parentbased_") {
            "always_on" => 1.0,
            "always_off" => 0.0,
            _ => share,
        };
        Some(Self {
            name,
            share,
            parent_based,
        })
    }

    /// Its name, and its share where it takes one.
    pub(crate) fn text(&self) -> String {
        if self.name.ends_with("traceidratio") {
            format!("{} {:?}", self.name, self.share)
        } else {
            self.name.to_owned()
        }
    }
}

impl Default for EnvironmentSampler {
    fn default() -> Self {
        Self {
            name: "parentbased_always_on",
            share: 1.0,
            parent_based: true,
        }
    }
}
