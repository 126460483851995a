/// The host of the request is one that the operator has named: its route is chosen by it.
///
/// On a listener for [this machine alone](super::OnLoopback), such a host is no stranger's. Written by who
/// chooses routes, and absent where every host leads to the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is a mark, and says nothing more"
)]
pub struct NamedHost;
