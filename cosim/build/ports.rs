//! Ports of a top module, read from the block itself.

use rust_hdl::prelude::{Atom, AtomKind, Block, NamedPath, Probe, TypeKind};

/// A port.
#[derive(Clone, Debug)]
pub struct Port {
    /// The name in Verilog.
    pub name: String,
    /// The width in bits.
    pub bits: usize,
    /// Whether it is an input.
    pub is_input: bool,
    /// Whether it is a signed number.
    pub is_signed: bool,
    /// Whether it is a clock.
    pub is_clock: bool,
}

impl Port {
    /// The name in Verilator's C++.
    pub fn cpp_name(&self) -> String {
        self.name.replace('$', "__024")
    }

    /// The name of its methods, and its index in an array: `lanes$3$valid` is `lanes_valid` 3.
    pub fn rust_name(&self) -> (String, Option<usize>) {
        let is_number = |part: &&str| part.parse::<usize>().is_ok();
        let words: Vec<&str> = self.name.split('$').filter(|part| !is_number(part)).collect();
        let mut numbers = self.name.split('$').filter_map(|part| part.parse().ok());
        (words.join("_"), numbers.next())
    }
}

/// The ports of a block, in order.
pub fn of(block: &dyn Block) -> Vec<Port> {
    let mut collector = Collector::default();
    block.accept("top", &mut collector);
    collector.ports
}

#[derive(Default)]
struct Collector {
    depth: usize,
    namespace: NamedPath,
    ports: Vec<Port>,
}

impl Probe for Collector {
    fn visit_start_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.depth += 1;
    }

    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.depth -= 1;
    }

    fn visit_start_namespace(&mut self, name: &str, _node: &dyn Block) {
        self.namespace.push(name);
    }

    fn visit_end_namespace(&mut self, _name: &str, _node: &dyn Block) {
        self.namespace.pop();
    }

    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        let is_input = match signal.kind() {
            AtomKind::InputParameter => true,
            AtomKind::OutputParameter => false,
            _ => return,
        };
        if self.depth != 1 {
            return;
        }
        let descriptor = signal.descriptor();
        self.ports.push(Port {
            name: if self.namespace.is_empty() {
                name.to_owned()
            } else {
                format!("{}${name}", self.namespace.flat("$"))
            },
            bits: signal.bits(),
            is_input,
            is_signed: matches!(descriptor.kind, TypeKind::Signed(_)),
            is_clock: descriptor.name == "clock",
        });
    }
}
