mod affinity;
mod choice;
mod ejection;
mod invariants;
mod service;
mod support;
mod traffic;
mod update;
