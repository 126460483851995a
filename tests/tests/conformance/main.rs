//! The conformance tests of Gateway API, driven through the gateway's own sockets.
