//! `motorsrnn live --brand`: a node of BRAND, with its flags, its parameters and its states.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use live::source::brand::{Arguments, Node};
use live::source::{Source, SourceError};

use super::network::LiveNetwork;
use super::output::Outputs;
use super::{LiveArgs, Way, session};
use crate::failure::Failure;
use crate::interruption::Interruption;

/// Runs the node until BRAND interrupts it.
pub(super) fn run(mut args: LiveArgs, flags: Vec<String>, interruption: &Interruption) -> Result<(), Failure> {
    let mut node = Arguments::parse(flags).and_then(Node::start).map_err(Failure::input)?;
    let ended = take_parameters(&mut args, &node).and_then(|()| session(args, &mut node, interruption));
    let told = match &ended {
        Ok(()) => node.shutdown(),
        Err(failure) => node.fatal_error(&failure.to_string()),
    };
    ended.and(told.map_err(Failure::input))
}

/// Parameters of the graph in the place of options: `model_path`, `board`, `window`, `decide`, `record`.
fn take_parameters(args: &mut LiveArgs, node: &Node) -> Result<(), Failure> {
    if let Some(path) = text(node, "model_path")? {
        args.network = Some(PathBuf::from(path));
    }
    if let Some(board) = parsed(node, "board")? {
        args.board = board;
    }
    args.window = parsed(node, "window")?.or(args.window.take());
    args.decide = parsed(node, "decide")?.or(args.decide.take());
    args.record = text(node, "record")?.map(PathBuf::from).or(args.record.take());
    Ok(())
}

fn parsed<T: FromStr<Err: Display>>(node: &Node, name: &str) -> Result<Option<T>, Failure> {
    let wrong = |error: T::Err| Failure::input(format_args!("parameter `{name}` of the graph: {error}"));
    text(node, name)?.map(|text| text.parse().map_err(wrong)).transpose()
}

fn text(node: &Node, name: &str) -> Result<Option<String>, Failure> {
    let found = node.parameters().text(name).map_err(Failure::input)?;
    Ok(found.map(str::to_owned))
}

impl Way for Node {
    fn open(&mut self, network: &LiveNetwork, outputs: &mut Outputs) -> Result<Box<dyn Source>, SourceError> {
        let (source, sink) = Node::open(self, usize::from(network.n_channels), network.tick)?;
        outputs.add_sink(Box::new(sink));
        Ok(Box::new(source))
    }

    fn ready(&mut self) -> Result<(), SourceError> {
        Node::ready(self)
    }
}
