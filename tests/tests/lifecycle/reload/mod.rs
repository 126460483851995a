//! What a change of the configuration does to the built command, and to sockets.

mod edits;
mod grants;
mod half;
mod load;
mod own;
mod raw;
mod scene;
mod secrets;
mod signals;
mod sockets;
mod tls;
