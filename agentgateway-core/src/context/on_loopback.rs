/// The listener that took the connection is bound to a loopback address: programs of this machine reach
/// it, and no one else.
///
/// A browser is such a program, and runs what foreign pages tell it to: who trusts local callers reads
/// this, and then judges `Host` and `Origin`. Written by the `server` room, and absent elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is a mark, and says nothing more"
)]
pub struct OnLoopback;
