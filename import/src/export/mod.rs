//! A network image as a NIR graph, and its runs as NIRData: for other simulators.

mod embedded;
mod graph;
mod groups;
mod run;

pub use embedded::{Embedded, import_options};
pub use graph::{ExportedGraph, graph};
pub use run::run;

use std::collections::BTreeMap;

use recording::{Array, Tree, Values};

fn text(value: &str) -> Tree {
    Tree::Array(Array { shape: Vec::new(), values: Values::Text(vec![value.to_owned()]) })
}

fn real(value: f64) -> Tree {
    Tree::Array(Array { shape: Vec::new(), values: Values::Real(vec![value]) })
}

fn reals(shape: &[usize], values: Vec<f64>) -> Tree {
    Tree::Array(Array { shape: lengths(shape), values: Values::Real(values) })
}

fn integers(shape: &[usize], values: Vec<i64>) -> Tree {
    Tree::Array(Array { shape: lengths(shape), values: Values::Integer(values) })
}

fn lengths(shape: &[usize]) -> Vec<u64> {
    shape.iter().map(|length| *length as u64).collect()
}

fn group(members: impl IntoIterator<Item = (impl Into<String>, Tree)>) -> Tree {
    Tree::Group(members.into_iter().map(|(name, member)| (name.into(), member)).collect::<BTreeMap<_, _>>())
}
