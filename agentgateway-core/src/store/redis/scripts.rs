use redis::Script;

/// The scripts, each of one key.
pub(super) struct Scripts {
    pub(super) rate: Script,
    pub(super) reserve: Script,
    pub(super) settle: Script,
    pub(super) charge: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            rate: Script::new(include_str!("scripts/rate.lua")),
            reserve: Script::new(include_str!("scripts/reserve.lua")),
            settle: Script::new(include_str!("scripts/settle.lua")),
            charge: Script::new(include_str!("scripts/charge.lua")),
        }
    }
}
