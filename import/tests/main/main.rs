//! Networks of other frameworks: their files, their traces, what is refused, and what the core makes of them.

mod accuracy;
mod damage;
mod exact;
mod exports;
mod fixtures;
mod random_graphs;
mod ranges;
mod refusals;
mod rules;
mod support;

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;
