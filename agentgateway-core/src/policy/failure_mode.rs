/// What becomes of a request when whoever a policy asks about it, a service or a store, gives no word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureMode {
    /// It is refused.
    #[default]
    Closed,
    /// It passes, as if it had been let pass.
    Open,
}
