//! Constraint files.

use hdl::top::Top;
use hdl::top::constraints::Constraints;
use rust_hdl::prelude::{Atom, Block, Probe};
use spec::board::BOARDS;

/// Names of the ports of a block.
#[derive(Default)]
struct Ports {
    depth: usize,
    namespace: Vec<String>,
    names: Vec<String>,
}

impl Probe for Ports {
    fn visit_start_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.depth += 1;
    }

    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.depth -= 1;
    }

    fn visit_start_namespace(&mut self, name: &str, _node: &dyn Block) {
        self.namespace.push(name.to_owned());
    }

    fn visit_end_namespace(&mut self, _name: &str, _node: &dyn Block) {
        self.namespace.pop();
    }

    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        if self.depth == 1 && signal.kind().is_parameter() {
            let names: Vec<&str> = self.namespace.iter().map(String::as_str).chain([name]).collect();
            self.names.push(names.join("$"));
        }
    }
}

#[test]
fn every_port_of_a_top_has_a_pin_and_every_pin_a_port() {
    for board in &BOARDS {
        let mut ports = Ports::default();
        Top::new(board).accept("top", &mut ports);
        let Constraints { text, pins, .. } = Constraints::of(board);
        let mut constrained: Vec<&String> = pins.iter().map(|(port, _)| port).collect();
        ports.names.sort();
        constrained.sort();
        assert_eq!(ports.names.iter().collect::<Vec<_>>(), constrained, "{}", board.name);
        for (port, pin) in &pins {
            assert!(text.contains(port) && text.contains(pin), "{}: {text}", board.name);
        }
    }
}
