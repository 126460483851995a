use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{sync::Notify, time::sleep};

use super::{
    Candidate, Load, Refused, Standing, Watch,
    facts::Remembered,
    looking::{Looking, Wanted},
    watch::{Eyes, Settled, Signals},
};
use crate::{
    gateway::{Gateway, Settings, Sockets, StartError},
    observe::Observer,
};

/// Follows a source: reads it at the start, and again whenever it has changed.
#[derive(Debug)]
pub struct Reloader<L> {
    source: Looking<L>,
    standing: Standing,
    observer: Observer,
    signals: Arc<Signals>,
    ask: Ask,
    watch: Watch,
    /// Whether the system tells of changes.
    told: bool,
    /// Whether the last refusal may be over without a change of the source, such as a port's.
    again: bool,
    /// What the last look found and nobody had told of: it counts when the next one finds it, too.
    unsure: Option<String>,
}

/// Asks for a look at the source, now. Clones ask the same reloader.
#[derive(Clone, Debug, Default)]
pub struct Ask(Arc<Notify>);

impl Ask {
    /// Has the source read at once, and validated where it holds anything but what runs.
    pub fn reload(&self) {
        self.0.notify_one();
    }
}

/// Why there is nothing to serve from the start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BeginError {
    /// The configuration is not valid.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A socket cannot be had.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Why the source is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    /// The system told of a change that is whole.
    Change,
    Interval,
    Asked,
    /// These files are not whole.
    Unfinished(Vec<PathBuf>),
}

impl<L: Load> Reloader<L> {
    /// Follows this source. The observer's metrics tell of it.
    #[must_use]
    pub fn new(load: L, watch: Watch, observer: Observer) -> Self {
        let signals = Arc::new(Signals::default());
        let eyes = Eyes::new(Arc::clone(&signals), watch.told);
        Self {
            source: Looking::new(load, eyes),
            standing: Standing::new(observer.clone()),
            observer,
            signals,
            ask: Ask::default(),
            // As if it did: the first look tells when it does not.
            told: true,
            watch,
            again: false,
            unsure: None,
        }
    }

    /// Reads the source and binds what it asks for.
    ///
    /// # Errors
    /// [`BeginError`]: there is nothing that could serve on.
    ///
    /// # Cancel safety
    /// When it is dropped, nothing is bound. A read or validation that has begun goes on to its end
    /// on a thread of its own, and to no effect.
    pub async fn begin(&mut self, settings: Settings) -> Result<Gateway, BeginError> {
        let found = self.source.look(Wanted::default()).await;
        self.note(&found.told);
        let candidate = found.candidate.unwrap_or_else(nothing)?;
        let (admin, tracing) = (settings.admin, settings.tracing.clone());
        let telemetry = candidate.telemetry.clone();
        let (remembered, plan) = Remembered::of(candidate);
        let mut sockets = Sockets::new(settings);
        sockets.apply(plan, Duration::ZERO).await?;
        tracing.apply(&telemetry);
        let standing = self.standing.clone();
        let gateway = Gateway::over(sockets, standing, admin, self.observer.clone()).await?;
        self.standing
            .applied(found.fingerprint, remembered, gateway.served());
        self.served().await;
        Ok(gateway)
    }

    /// What asks for a look.
    #[must_use]
    pub fn ask(&self) -> Ask {
        self.ask.clone()
    }

    /// What is served, what the source holds, and what is to come.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.clone()
    }

    /// Applies every change, for ever.
    ///
    /// # Cancel safety
    /// When it is dropped, a change was made wholly or not at all.
    pub(crate) async fn run(&mut self, sockets: &mut Sockets) {
        // The source may have changed since it was first read.
        let mut cause = Cause::Interval;
        loop {
            self.follow(cause, sockets).await;
            cause = self.next().await;
        }
    }

    /// Waits for the next reason to look.
    async fn next(&self) -> Cause {
        let signals = &self.signals;
        let told = self.told && self.unsure.is_none();
        let interval = if told {
            self.watch.poll
        } else {
            self.watch.poll_alone
        };
        let mut asked = false;
        loop {
            tokio::select! {
                () = self.ask.0.notified(), if !asked => asked = true,
                settled = signals.settled(&self.watch) => return match settled {
                    Settled::Whole if asked => Cause::Asked,
                    Settled::Whole => Cause::Change,
                    Settled::Unfinished(files) => Cause::Unfinished(files),
                },
                () = sleep(interval), if !asked => return Cause::Interval,
            }
            // While a file is being written it is not looked at, whoever asks.
            if asked && !signals.is_writing() {
                return Cause::Asked;
            }
        }
    }

    async fn follow(&mut self, cause: Cause, sockets: &mut Sockets) {
        if let Cause::Unfinished(files) = &cause {
            return self.unfinished(files);
        }
        let changing = self.signals.has_change() || self.signals.is_writing();
        if cause == Cause::Interval && changing {
            // It is looked at when it has settled.
            return;
        }
        let (_, applied) = self.standing.on_disk();
        let again = !applied && (self.again || cause == Cause::Asked);
        // What the system told of is as it was told; what else is there is so when it stays so.
        let told = match cause {
            Cause::Change => true,
            _ => changing && self.told,
        };
        self.signals.looked_at();
        let guard = Validating::new(&self.standing);
        if cause == Cause::Asked {
            // Two looks count when there is time between them.
            self.unsure = None;
        }
        let mut found = self.source.look(self.wanted(again, told)).await;
        if found.unsure && cause == Cause::Asked {
            self.unsure = Some(found.fingerprint);
            sleep(self.watch.quiet).await;
            found = self.source.look(self.wanted(again, false)).await;
        }
        self.note(&found.told);
        self.unsure = found.unsure.then(|| found.fingerprint.clone());
        match found.candidate {
            // What has been begun meanwhile may have been read by half; its end is told.
            _ if self.signals.is_writing() => {}
            None if found.unsure => {}
            None => self.unchanged(found.fingerprint),
            Some(Ok(candidate)) => self.apply(found.fingerprint, candidate, sockets).await,
            Some(Err(refused)) => {
                self.refuse(found.fingerprint, &refused, false);
                self.confine(sockets).await;
            }
        }
        drop(guard);
    }

    fn wanted(&self, again: bool, told: bool) -> Wanted {
        let (seen, _) = self.standing.on_disk();
        let (running, whole) = self.standing.running();
        let mut known = vec![seen];
        known.extend(whole.then_some(running));
        let sure = known.iter().cloned().chain(self.unsure.clone());
        Wanted {
            sure: (!told).then(|| sure.collect()),
            known: if again { Vec::new() } else { known },
        }
    }

    /// What was validated last is served.
    async fn served(&self) {
        let standing = self.standing.clone();
        self.source
            .ask(move |load| {
                load.applied();
                standing.judge();
            })
            .await;
    }

    /// Revokes grants that are gone, although what took them away is refused.
    async fn confine(&self, sockets: &mut Sockets) {
        let Some(Some(confined)) = self.source.ask(L::confined).await else {
            return;
        };
        let telemetry = confined.candidate.telemetry.clone();
        let (remembered, plan) = Remembered::of(confined.candidate);
        let (_, deadline) = sockets.settings().drain_times(self.standing.shutdown());
        if let Err(error) = sockets.apply(plan, deadline).await {
            let why = error.to_string();
            return tracing::error!(why, "grants that are gone cannot be revoked");
        }
        sockets.settings().tracing.apply(&telemetry);
        let grants = confined.revoked.join("; ");
        self.standing
            .confined(remembered, confined.revoked, sockets.served());
        let standing = self.standing.clone();
        self.source.ask(move |_| standing.judge()).await;
        tracing::warn!(
            grants,
            "what runs is served under those of its grants that are still there; these are revoked"
        );
    }

    fn unfinished(&mut self, files: &[PathBuf]) {
        let limit = self.watch.unfinished;
        let problem = |file: &PathBuf| {
            format!(
                "{}: is still being written: it was not closed within {limit:?}; it is read when it is",
                file.display()
            )
        };
        let problems: Vec<String> = files.iter().map(problem).collect();
        self.refuse("being written".to_owned(), &Refused::all(problems), false);
    }

    fn unchanged(&mut self, fingerprint: String) {
        let (seen, applied) = self.standing.on_disk();
        let (running, whole) = self.standing.running();
        if whole && fingerprint == running && !(applied && seen == fingerprint) {
            self.standing.reverted(fingerprint);
            self.again = false;
            tracing::info!("the configuration is again the one that runs");
        }
    }

    async fn apply(&mut self, fingerprint: String, candidate: Candidate, sockets: &mut Sockets) {
        let lost = candidate.lost(&self.standing.held());
        if !lost.is_empty() {
            self.refuse(fingerprint, &Refused::all(lost), false);
            return self.confine(sockets).await;
        }
        let telemetry = candidate.telemetry.clone();
        let (remembered, plan) = Remembered::of(candidate);
        let (_, deadline) = sockets.settings().drain_times(self.standing.shutdown());
        let applied = match sockets.apply(plan, deadline).await {
            Ok(applied) => applied,
            Err(error) => {
                self.refuse(fingerprint, &Refused::new(error.to_string()), true);
                return self.confine(sockets).await;
            }
        };
        self.again = false;
        sockets.settings().tracing.apply(&telemetry);
        let restart = self
            .standing
            .applied(fingerprint, remembered, sockets.served());
        self.served().await;
        let generation = self.standing.generation();
        let told = |names: &[String]| (!names.is_empty()).then(|| names.join("; "));
        let (added, removed) = (told(&applied.added), told(&applied.removed));
        tracing::info!(generation, added, removed, "a new configuration is served");
        for field in restart {
            tracing::warn!(
                field,
                "this change counts from the next start of the process on"
            );
        }
    }

    fn refuse(&mut self, fingerprint: String, refused: &Refused, again: bool) {
        self.again = again;
        if self.standing.refused(fingerprint, refused) {
            let problems = refused.brief();
            tracing::error!(
                problems,
                "the configuration is refused; the one that runs serves on"
            );
        }
    }

    /// Once for each change between being told and not.
    fn note(&mut self, told: &Result<(), String>) {
        if let (Err(why), true) = (told, self.told) {
            let interval = self.watch.poll_alone;
            tracing::warn!(
                why,
                ?interval,
                "changes of the configuration are looked for, since the system does not tell of them"
            );
        }
        self.told = told.is_ok();
    }
}

fn nothing() -> Result<Candidate, Refused> {
    Err(Refused::new("nothing was read"))
}

/// Says that a change is looked at, up to its drop.
struct Validating(Standing);

impl Validating {
    fn new(standing: &Standing) -> Self {
        standing.validating(true);
        Self(standing.clone())
    }
}

impl Drop for Validating {
    fn drop(&mut self) {
        self.0.validating(false);
    }
}
