/// What stands between the load and the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing: a mock of its own answers on the core that is measured.
    Direct,
    /// hyper's server and hyper-util's pooled client, bodies handed over as they are.
    Bare,
    /// nginx, one worker.
    Nginx,
    /// The listener, a protocol's layer, its upstream layer and the client of the core.
    Layers,
    /// What the manifests of the gateway assemble.
    Gateway,
    /// The same, behind a key, a rule, a limit of the rate, and with a line in the access log.
    Guarded,
    /// The gateway without these, with every request sampled and its spans sent to a collector.
    Sampled,
}

impl Target {
    pub(crate) const ALL: [Self; 7] = [
        Self::Direct,
        Self::Bare,
        Self::Nginx,
        Self::Layers,
        Self::Gateway,
        Self::Guarded,
        Self::Sampled,
    ];

    /// What is read beside the bare proxy.
    pub(crate) const COMPARED: [Self; 5] = [
        Self::Nginx,
        Self::Layers,
        Self::Gateway,
        Self::Guarded,
        Self::Sampled,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Bare => "bare",
            Self::Nginx => "nginx",
            Self::Layers => "layers",
            Self::Gateway => "gateway",
            Self::Guarded => "guarded",
            Self::Sampled => "sampled",
        }
    }

    /// The head of its column.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Bare => "bare proxy",
            Self::Nginx => "nginx",
            Self::Layers => "layers",
            Self::Gateway => "gateway",
            Self::Guarded => "gateway, guarded",
            Self::Sampled => "gateway, sampled",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// What its process is told to be.
    pub(crate) fn role(self, upstream: u16) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Direct => return vec!["mock".to_owned()],
            Self::Nginx => &["nginx"],
            _ => &["target", self.name()],
        };
        let upstream = upstream.to_string();
        let words = words.iter().copied().chain([upstream.as_str()]);
        words.map(str::to_owned).collect()
    }
}
