//! The tasks of a block: its proof, its covers, and the faults to refute.

use std::fmt::Write as _;
use std::path::Path;

use tools::{ProofResult, Verdict};

use crate::Tools;
use crate::blocks::{Block, Break};
use crate::sources::{Boards, broken, module_name};
use crate::table::{Task, folder};

/// Names of a task's files, and of the module with the properties.
const MODULES: &str = "block.v";
const PROPERTIES: &str = "properties.sv";
const CRC: &str = "crc32.svh";
const TOP: &str = "proof";

/// Deeper covers and faults are searched on the first board only, and faults by ABC, which is faster over many cycles but
/// worse with memories.
const DEEP_CYCLES: u32 = 50;

/// The tasks of a block, for each of its boards.
///
/// # Errors
/// A board lacks the block, or a fault does not apply.
pub fn of(block: &'static Block, boards: &Boards) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::new();
    for board in block.boards {
        let source = boards.board(board);
        let modules = source.modules(block.path)?;
        let mut settings = vec![("BLOCK", format!("\\{}", module_name(block.path)))];
        settings.extend((block.settings)(&source.settings));
        let (mut defines, mut properties) = (String::new(), block.properties.to_owned());
        for (name, value) in settings {
            let _ = write!(defines, " -D{name}={value}");
            // Macros are not expanded within names.
            properties = properties.replace(&format!("${name}$"), &format!("${value}$"));
        }
        let task = |what: &str, mode: Mode, modules: String| {
            let (defines, name) = (format!("{defines}{}", mode.define()), format!("{} {board} {what}", block.name));
            let (engine, depth) = mode.engine(block);
            let script = script(block, mode.name(), engine, depth, &defines);
            let properties = properties.clone();
            let run = move |tools: &Tools| {
                let folder = folder(tools, &name, &[(MODULES, &modules), (PROPERTIES, &properties), (CRC, CRC_TEXT)])?;
                let outcome = tools.sby.run(&script, &folder).map_err(|error| error.to_string())?;
                mode.judge(&outcome, &folder)
            };
            Task {
                cells: [block.name.into(), (*board).into(), what.into(), engine.into(), depth.to_string()],
                run: Box::new(run),
            }
        };
        tasks.push(task("properties", Mode::Prove, modules.clone()));
        let is_sought = |depth: u32| depth <= DEEP_CYCLES || *board == block.boards[0];
        if is_sought(block.cover_depth) {
            tasks.push(task("covers", Mode::Cover { depth: block.cover_depth }, modules.clone()));
        }
        for break_ in block.breaks.iter().filter(|break_| is_sought(break_.depth)) {
            let copy = broken(&modules, block, break_)?;
            tasks.push(task(&format!("fault: {}", break_.what), Mode::Refute(break_), copy));
        }
    }
    Ok(tasks)
}

const CRC_TEXT: &str = include_str!("crc32.svh");

/// The goal of a task.
#[derive(Clone, Copy)]
enum Mode {
    Prove,
    Cover { depth: u32 },
    Refute(&'static Break),
}

impl Mode {
    /// Its name in SymbiYosys.
    fn name(self) -> &'static str {
        match self {
            Self::Prove => "prove",
            Self::Cover { .. } => "cover",
            Self::Refute(_) => "bmc",
        }
    }

    /// The macro of the property files: invariants for an induction, or covers.
    fn define(self) -> &'static str {
        match self {
            Self::Prove => " -DINDUCTION",
            Self::Cover { .. } => " -DCOVER",
            Self::Refute(_) => "",
        }
    }

    /// The engine, and its depth in cycles.
    fn engine(self, block: &Block) -> (&'static str, u32) {
        match self {
            Self::Prove => ("smtbmc yices", block.induction_depth),
            Self::Cover { depth } => ("smtbmc yices", depth),
            Self::Refute(broken) if broken.depth > DEEP_CYCLES => ("abc bmc3", broken.depth),
            Self::Refute(broken) => ("smtbmc yices", broken.depth),
        }
    }

    /// The result in a word, or why it is not the expected one.
    fn judge(self, outcome: &ProofResult, folder: &Path) -> Result<String, String> {
        let unexpected = |what: &str| Err(format!("{what}; {}\n{}", folder.display(), outcome.summary.join("\n")));
        match (self, outcome.verdict) {
            (Self::Prove, Verdict::Pass) => Ok("proven".to_owned()),
            (Self::Prove, Verdict::Fail) => unexpected("does not hold"),
            (Self::Prove, Verdict::Unknown) => unexpected("neither proven nor refuted"),
            (Self::Cover { .. }, Verdict::Pass) => Ok("reached".to_owned()),
            (Self::Cover { .. }, _) => unexpected("not reached"),
            (Self::Refute(broken), Verdict::Fail) => {
                let names = |name: &&str| {
                    let assertion = format!("failed assertion {TOP}.{name} ");
                    outcome.summary.iter().any(|line| line.contains(&assertion))
                };
                match broken.fails.iter().any(names) {
                    true => Ok("refuted".to_owned()),
                    false => unexpected(&format!("refuted, but not by {}", broken.fails.join(" or "))),
                }
            }
            (Self::Refute(_), _) => unexpected("the fault was not refuted"),
        }
    }
}

fn script(block: &Block, mode: &str, engine: &str, depth: u32, defines: &str) -> String {
    // The outputs of blocks cut out are free.
    let path = module_name(block.path);
    let cuts: String = block.cuts.iter().map(|cut| format!("blackbox ={path}${cut}\n")).collect();
    format!(
        "[options]\n\
         mode {mode}\n\
         depth {depth}\n\
         [engines]\n\
         {engine}\n\
         [script]\n\
         verilog_defines{defines}\n\
         read_verilog -formal -sv {PROPERTIES}\n\
         read_verilog -formal {MODULES}\n\
         {cuts}\
         prep -top {TOP} -flatten\n\
         cutpoint -blackbox\n\
         check -assert\n\
         [files]\n\
         {MODULES}\n\
         {PROPERTIES}\n\
         {CRC}\n"
    )
}
