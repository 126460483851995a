//! What no test proves yet, and why. One place, one line each.

/// The row, and its reason.
pub(super) const NOT_YET: &[(&str, &str)] = &[
    (
        "S12",
        "AWS event streams are not read; no provider that speaks them is served",
    ),
    (
        "S13",
        "JSON lines are not read; no protocol here speaks them",
    ),
    (
        "O06",
        "the binary neither hands sockets over nor shares ports; a new version starts beside the old one, behind a \
         balancer, and the old one drains",
    ),
    (
        "O21",
        "ten thousand clients at once want a machine of their own; H18 and H58 hold crowds that fit any",
    ),
];
