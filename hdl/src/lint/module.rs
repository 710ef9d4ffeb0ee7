//! The modules of a block, each with the names that its Verilog declares.

use std::collections::{BTreeMap, HashMap};

use rust_hdl::prelude::{Atom, AtomKind, Block, NamedPath, Probe, TypeDescriptor, TypeKind, Verilog};

use super::fault::{Cause, Fault};
use super::keywords::is_keyword;

/// Width of an untyped literal, of a loop variable and of an enumeration's constants.
pub const INTEGER_BITS: usize = 32;

/// What a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Width in Rust.
    pub rust_width: usize,
    /// Width in Verilog.
    pub verilog_width: usize,
    /// Whether it is signed in both.
    pub signed: bool,
    /// Whether it is declared as a signal or a constant, so that it can be sliced.
    pub is_signal: bool,
}

/// A module.
pub struct Module {
    /// Its path.
    pub path: String,
    /// Its Verilog.
    pub code: Verilog,
    /// The names visible in it.
    pub names: HashMap<String, Name>,
    /// The names that it declares: signals and instances.
    declared: Vec<String>,
}

impl Module {
    /// The faults of its names.
    pub fn name_faults(&self) -> Vec<Fault> {
        let fault = |name: &String, cause| Fault { module: self.path.clone(), expression: name.clone(), cause };
        let cause = |name: &str| {
            let is_identifier = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.chars().all(|each| each.is_ascii_alphanumeric() || matches!(each, '_' | '$'));
            match name {
                _ if is_keyword(name) => Some(Cause::Keyword),
                _ if !is_identifier => Some(Cause::NotAnIdentifier),
                _ => None,
            }
        };
        self.declared.iter().filter_map(|name| cause(name).map(|cause| fault(name, cause))).collect()
    }
}

/// All modules of a block, by path.
pub fn modules(block: &dyn Block, name: &str) -> Vec<Module> {
    let mut collector = Collector::default();
    block.accept(name, &mut collector);
    collector.modules.into_values().collect()
}

#[derive(Default)]
struct Collector {
    path: NamedPath,
    namespace: NamedPath,
    modules: BTreeMap<String, Module>,
}

impl Collector {
    fn module(&mut self, path: &str) -> Option<&mut Module> {
        self.modules.get_mut(path)
    }
}

impl Probe for Collector {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        let parent = self.path.to_string();
        self.path.push(name);
        self.namespace.reset();
        let declared = if parent.is_empty() { vec![name.to_owned()] } else { Vec::new() };
        let path = self.path.to_string();
        if let Some(parent) = self.module(&parent) {
            parent.declared.push(name.to_owned());
        }
        self.modules.insert(path.clone(), Module { path, code: node.hdl(), names: HashMap::new(), declared });
    }

    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.path.pop();
    }

    fn visit_start_namespace(&mut self, name: &str, _node: &dyn Block) {
        self.namespace.push(name);
    }

    fn visit_end_namespace(&mut self, _name: &str, _node: &dyn Block) {
        self.namespace.pop();
    }

    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        let name =
            if self.namespace.is_empty() { name.to_owned() } else { format!("{}${name}", self.namespace.flat("$")) };
        let descriptor = signal.descriptor();
        let rust_width = signal.bits();
        let is_constant = signal.kind() == AtomKind::Constant;
        let verilog_width = if is_constant { literal_width(&signal.verilog().to_string()) } else { rust_width };
        let signed = matches!(descriptor.kind, TypeKind::Signed(_));
        let entry = Name { rust_width, verilog_width, signed, is_signal: true };

        let (path, parent, instance) = (self.path.to_string(), self.path.parent(), self.path.last());
        if let Some(module) = self.module(&path) {
            add_enumerations(module, &descriptor);
            module.declared.push(name.clone());
            module.names.insert(name.clone(), entry);
        }
        if let Some(parent) = self.module(&parent) {
            add_enumerations(parent, &descriptor);
            if signal.kind().is_parameter() {
                parent.names.insert(format!("{instance}${name}"), entry);
            }
        }
    }
}

fn add_enumerations(module: &mut Module, descriptor: &TypeDescriptor) {
    match &descriptor.kind {
        TypeKind::Enum(labels) => {
            let rust_width = rust_hdl::prelude::clog2(labels.len());
            let name = Name { rust_width, verilog_width: INTEGER_BITS, signed: true, is_signal: false };
            module.names.extend(labels.iter().map(|label| (label.replace("::", "$"), name)));
        }
        TypeKind::Composite(fields) => fields.iter().for_each(|field| add_enumerations(module, &field.kind)),
        TypeKind::Bits(_) | TypeKind::Signed(_) => {}
    }
}

/// Width of a printed literal such as `8'h2a`.
pub fn literal_width(printed: &str) -> usize {
    printed.split('\'').next().and_then(|bits| bits.parse().ok()).unwrap_or(INTEGER_BITS)
}
