//! The tasks of a block: proof, covers, and what must be refuted.

use std::fmt::Write as _;
use std::path::Path;

use tools::{Outcome, Verdict};

use crate::Tools;
use crate::blocks::{Block, Break};
use crate::sources::{Boards, broken, module_name};
use crate::table::{Task, folder};

/// Names of the files of a task, and of the module of the properties.
const MODULES: &str = "block.v";
const PROPERTIES: &str = "properties.sv";
const CRC: &str = "crc32.svh";
const TOP: &str = "proof";

/// What takes longer than this is looked for on the first board only, and faults by ABC, which is quicker on long ways and
/// worse with memories.
const DEEP_CYCLES: u32 = 50;

/// All of them, on each of its boards.
///
/// # Errors
/// A block that is not on the board, or that cannot be broken as it should.
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
            // No macro reaches into a name.
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
            tasks.push(task(&format!("broken: {}", break_.what), Mode::Refute(break_), copy));
        }
    }
    Ok(tasks)
}

const CRC_TEXT: &str = include_str!("crc32.svh");

/// What is to be shown.
#[derive(Clone, Copy)]
enum Mode {
    Prove,
    Cover { depth: u32 },
    Refute(&'static Break),
}

impl Mode {
    /// As SymbiYosys calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Prove => "prove",
            Self::Cover { .. } => "cover",
            Self::Refute(_) => "bmc",
        }
    }

    /// What the property files are told of it: what an induction needs besides, or that covers are looked for.
    fn define(self) -> &'static str {
        match self {
            Self::Prove => " -DINDUCTION",
            Self::Cover { .. } => " -DCOVER",
            Self::Refute(_) => "",
        }
    }

    /// The engine, and how many cycles it looks at.
    fn engine(self, block: &Block) -> (&'static str, u32) {
        match self {
            Self::Prove => ("smtbmc yices", block.induction_depth),
            Self::Cover { depth } => ("smtbmc yices", depth),
            Self::Refute(broken) if broken.depth > DEEP_CYCLES => ("abc bmc3", broken.depth),
            Self::Refute(broken) => ("smtbmc yices", broken.depth),
        }
    }

    /// What came out, as a word, or why that is not what should.
    fn judge(self, outcome: &Outcome, folder: &Path) -> Result<String, String> {
        let surprise = |what: &str| Err(format!("{what}; {}\n{}", folder.display(), outcome.summary.join("\n")));
        match (self, outcome.verdict) {
            (Self::Prove, Verdict::Pass) => Ok("proven".to_owned()),
            (Self::Prove, Verdict::Fail) => surprise("does not hold"),
            (Self::Prove, Verdict::Unknown) => surprise("neither proven nor refuted"),
            (Self::Cover { .. }, Verdict::Pass) => Ok("reached".to_owned()),
            (Self::Cover { .. }, _) => surprise("not reached"),
            (Self::Refute(broken), Verdict::Fail) => {
                let names = |name: &&str| {
                    let assertion = format!("failed assertion {TOP}.{name} ");
                    outcome.summary.iter().any(|line| line.contains(&assertion))
                };
                match broken.fails.iter().any(names) {
                    true => Ok("refuted".to_owned()),
                    false => surprise(&format!("refuted, but not by {}", broken.fails.join(" or "))),
                }
            }
            (Self::Refute(_), _) => surprise("a broken copy was not refuted"),
        }
    }
}

fn script(block: &Block, mode: &str, engine: &str, depth: u32, defines: &str) -> String {
    // What is taken out may say anything at any time.
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
