/// What becomes of a request whose caller is not known; see the [module](crate::auth).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// A valid credential must be there.
    #[default]
    Strict,
    /// If a credential is there, it must be valid.
    Optional,
    /// Nobody is refused; who has a valid credential is known.
    Permissive,
}
