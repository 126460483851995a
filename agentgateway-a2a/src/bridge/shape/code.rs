use agentgateway_core::jsonrpc;

use crate::wire::code::{EXTENSION_SUPPORT_REQUIRED, VERSION_NOT_SUPPORTED};

/// The JSON-RPC code of an error, for a client of v0.3.
///
/// The codes that came with v1.0 (-32008 and -32009) are an internal error (-32603) to it, as the official
/// Python SDK has it. All others stay: those of JSON-RPC, of v0.3, and of the agent's own.
#[must_use]
pub const fn code_for_v0_3(code: i64) -> i64 {
    match code {
        EXTENSION_SUPPORT_REQUIRED | VERSION_NOT_SUPPORTED => jsonrpc::code::INTERNAL_ERROR,
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_v1_0_are_internal_errors_to_v0_3() {
        for (code, expected) in [
            (-32008, -32603),
            (-32009, -32603),
            (-32001, -32001),
            (-32007, -32007),
            (-32601, -32601),
            (-32050, -32050),
            (-31429, -31429),
        ] {
            assert_eq!(code_for_v0_3(code), expected);
        }
    }
}
