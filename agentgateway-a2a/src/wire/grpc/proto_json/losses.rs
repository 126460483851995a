/// What JSON said and protobuf cannot: each kind of it once, however often it occurs.
#[derive(Debug, Default)]
pub(in crate::wire::grpc) struct Losses(Vec<&'static str>);

// === impl Losses ===

impl Losses {
    /// A member that the message does not have.
    pub(super) const MEMBER: &'static str = "unknown member";
    /// A number that no double holds as it was written.
    pub(super) const PRECISION: &'static str = "precision of a number";
    /// A name that the enumeration does not have.
    pub(super) const NAME: &'static str = "unknown enumeration name";

    pub(in crate::wire::grpc) fn add(&mut self, loss: &'static str) {
        if !self.0.contains(&loss) {
            self.0.push(loss);
        }
    }

    pub(in crate::wire::grpc) fn unknown_member(&mut self) {
        self.add(Self::MEMBER);
    }

    pub(in crate::wire::grpc) fn into_names(self) -> Vec<&'static str> {
        self.0
    }
}
