//! The pictures are what they are made from, and the documents show all of them.

mod documents;
mod staleness;
