mod bounds;
mod matching;
mod sessions;
mod subscriptions;
mod support;
mod texts;
