//! `subscriptions/listen`: one stream of all targets'.

mod link;
mod merged;
mod wanted;
